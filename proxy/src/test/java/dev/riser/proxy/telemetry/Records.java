package dev.riser.proxy.telemetry;

/** Records with sensible contents, so that a test shows only what matters to it. */
final class Records {
    static final PeerDescriptor FRONTEND = new PeerDescriptor(
            "prod",
            "frontend",
            "frontend-1",
            "frontend",
            "v1",
            "spiffe://cluster.local/ns/prod/sa/frontend",
            "frontend");
    static final PeerDescriptor PRODUCT = new PeerDescriptor(
            "prod", "product-v2", "product-7", "product", "v2", "spiffe://cluster.local/ns/prod/sa/product", "product");
    static final DestinationService SERVICE =
            new DestinationService("product.prod.svc.cluster.local", "product", "prod");

    private Records() {}

    static ExchangeRecord exchange(int status, long millis) {
        ExchangeRecord exchange = new ExchangeRecord();
        exchange.direction = Direction.OUTBOUND;
        exchange.source = FRONTEND;
        exchange.destination = PRODUCT;
        exchange.service = SERVICE;
        exchange.mutualTls = true;
        exchange.responseCode = status;
        exchange.answeredBy = Answerer.APPLICATION;
        exchange.startNanos = 5_000_000_000L;
        exchange.endNanos = exchange.startNanos + millis * 1_000_000;
        exchange.bytesReceived = 20;
        exchange.bytesSent = 3_000;
        exchange.routeName = "product";
        exchange.routeOrigin = "VirtualService prod/product http[0] shop.yaml:12";
        return exchange;
    }

    static ConnectionRecord connection() {
        ConnectionRecord connection = new ConnectionRecord();
        connection.direction = Direction.INBOUND;
        connection.source = FRONTEND;
        connection.destination = PRODUCT;
        connection.service = SERVICE;
        connection.mutualTls = true;
        connection.startNanos = 5_000_000_000L;
        return connection;
    }
}
