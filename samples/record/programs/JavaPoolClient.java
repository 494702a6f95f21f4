// SPDX-License-Identifier: BSD-2-Clause
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.Random;

/** Threads with HttpURLConnection (limit: -Dhttp.maxConnections): JavaPoolClient URL THREADS REQUESTS HOLD_SECONDS. */
public class JavaPoolClient {
    static void get(URL url) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        try (InputStream body = connection.getInputStream()) {
            body.readAllBytes();
        }
    }

    static void work(URL url, int requests) {
        Random random = new Random();
        for (int i = 0; i < requests; i++) {
            try {
                Thread.sleep(random.nextInt(30));
                get(url);
            } catch (Exception failure) {
                System.err.println(failure);
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        URL url = new URL(arguments[0]);
        Thread[] threads = new Thread[Integer.parseInt(arguments[1])];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> work(url, Integer.parseInt(arguments[2])));
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        Thread.sleep(1000L * Integer.parseInt(arguments[3]));
    }
}
