package dev.riser.cli.shop;

import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** Counts items over gRPC. Argument: port. */
public final class Cart {
    private static final int WORKERS = 4;

    private Cart() {}

    /** Serves until the process ends. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        AtomicLong items = new AtomicLong();
        Server server = NettyServerBuilder.forPort(Integer.parseInt(arguments[0]))
                .executor(Executors.newFixedThreadPool(WORKERS))
                .addService(ServerServiceDefinition.builder(CartProtocol.SERVICE)
                        .addMethod(CartProtocol.ADD, ServerCalls.asyncUnaryCall((item, observer) -> {
                            observer.onNext(Long.toString(items.incrementAndGet()));
                            observer.onCompleted();
                        }))
                        .build())
                .build()
                .start();
        server.awaitTermination();
    }
}
