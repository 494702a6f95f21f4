// SPDX-License-Identifier: BSD-2-Clause
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** OkHttp with threads: OkPool MOST_IDLE IDLE_MS THREADS REQUESTS PAUSE_MS URL... It doesn't tell its ports. Stays. */
public class OkPool {
    static void pause(int time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    static void work(OkHttpClient client, String[] arguments, int number) {
        int urls = arguments.length - 5;
        for (int i = 0; i < Integer.parseInt(arguments[3]); i++) {
            pause(number * 23 % 60);
            String url = arguments[5 + (number + i) % urls];
            try (Response response = client.newCall(new Request.Builder().url(url).build()).execute()) {
                response.body().string();
            } catch (Exception failure) {
                System.err.println(failure);
            }
            pause(Integer.parseInt(arguments[4]));
        }
    }

    public static void main(String[] arguments) throws Exception {
        ConnectionPool pool = new ConnectionPool(Integer.parseInt(arguments[0]),
            Long.parseLong(arguments[1]), TimeUnit.MILLISECONDS);
        OkHttpClient client = new OkHttpClient.Builder().connectionPool(pool).build();
        Thread[] threads = new Thread[Integer.parseInt(arguments[2])];
        for (int i = 0; i < threads.length; i++) {
            int number = i;
            threads[i] = new Thread(() -> work(client, arguments, number));
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        Thread.sleep(600000);
    }
}
