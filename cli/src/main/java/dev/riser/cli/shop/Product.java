package dev.riser.cli.shop;

import java.io.IOException;
import java.time.Duration;

/** Answers what products there are, and which version of itself answers. Arguments: port, version, delay in ms. */
public final class Product {
    private Product() {}

    /** Serves until the process ends. */
    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(arguments[0]);
        String version = arguments[1];
        Duration delay = Duration.ofMillis(Long.parseLong(arguments[2]));
        Reply.serve(port, exchange -> {
            pause(delay);
            exchange.getResponseHeaders().set("x-product-version", version);
            Reply.json(
                    exchange,
                    200,
                    "{\"version\":\"%s\",\"products\":[\"lamp\",\"chair\",\"riser\"]}\n".formatted(version));
        });
    }

    private static void pause(Duration delay) {
        try {
            Thread.sleep(delay);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
