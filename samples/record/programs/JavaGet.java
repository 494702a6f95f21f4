// SPDX-License-Identifier: BSD-2-Clause
// Java's clients: java JavaGet url|client [drain|leave] COUNT PAUSE_MS TIMEOUT_MS URL...
// "url" is HttpURLConnection, "client" java.net.http.HttpClient. Neither tells its ports: take them
// from the server's log; this one tells what happened to each call. Stays until killed.
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

public class JavaGet {
    private static final HttpClient client =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static void consume(InputStream body, boolean drain) throws IOException {
        if (drain)
            body.readAllBytes();
        body.close();
    }

    private static void viaUrl(String url, boolean drain, int timeout) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection();
        connection.setReadTimeout(timeout);
        consume(connection.getInputStream(), drain);
        if (!drain && connection.getContentLength() != 0)
            connection.disconnect();
    }

    private static void viaClient(String url, boolean drain, int timeout)
        throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
        if (timeout > 0)
            request.timeout(Duration.ofMillis(timeout));
        HttpResponse<InputStream> response =
            client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        consume(response.body(), drain || response.headers().firstValueAsLong("content-length").orElse(-1) == 0);
    }

    public static void main(String[] args) throws InterruptedException {
        boolean drain = args[1].equals("drain");
        int count = Integer.parseInt(args[2]);
        int pause = Integer.parseInt(args[3]);
        int timeout = Integer.parseInt(args[4]);
        for (int i = 0; i < count; i++) {
            String url = args[5 + i % (args.length - 5)];
            try {
                if (args[0].equals("url"))
                    viaUrl(url, drain, timeout);
                else
                    viaClient(url, drain, timeout);
                System.out.println("- - done " + url);
            } catch (IOException e) {
                System.out.println("- - failed " + url + " " + e);
            }
            Thread.sleep(pause);
        }
        System.out.println("- - stays");
        Thread.sleep(600000);
    }
}
