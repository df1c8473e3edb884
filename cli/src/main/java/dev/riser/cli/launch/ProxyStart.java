package dev.riser.cli.launch;

import dev.riser.cli.api.MeshApi;
import dev.riser.cli.failure.CommandFailure;
import dev.riser.proxy.app.BootstrapProxy;
import dev.riser.proxy.app.ProxyProcess;
import dev.riser.proxy.app.ProxySettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Starts the proxy in this process. */
public final class ProxyStart {
    /** Held, because a logger that nobody holds forgets its level. */
    private static final Logger FRAMES = Logger.getLogger("io.netty.handler.codec.http2");

    /** How long open connections of a workload that leaves may last; a program that has ended has few. */
    private static final Duration DRAIN = Duration.ofSeconds(5);

    private ProxyStart() {}

    /**
     * Runs until the process is asked to end.
     *
     * @param api the control plane's API, asked anew for each call
     * @param afterwards run when the proxy has ended
     * @return the exit code
     */
    public static int run(ProxyLaunch launch, Supplier<MeshApi> api, Runnable afterwards) throws InterruptedException {
        Optional<Path> file = launch.bootstrap();
        ProxySettings settings = new ProxySettings(
                launch.eventLoops(),
                file.isPresent() ? Optional.empty() : Optional.of(launch.socket()),
                Optional.of(loopback(launch.adminPort())),
                Optional.of(loopback(launch.metricsPort())),
                Optional.of(loopback(launch.healthPort())),
                Duration.ZERO,
                DRAIN,
                launch.exitWhenIdle(),
                switch (launch.life()) {
                    case UNTIL_STOPPED -> ProxySettings.Life.UNTIL_STOPPED;
                    case ONE_WORKLOAD -> ProxySettings.Life.ONE_WORKLOAD;
                },
                launch.spans().map(endpoint -> new ProxySettings.Tracing(endpoint, launch.sampling())));
        // It says so for each frame that was on its way when a stream was reset, which is as it should be.
        FRAMES.setLevel(Level.WARNING);
        RegistryEntries entries = new RegistryEntries(api);
        ProxyProcess proxy;
        try {
            proxy = ProxyProcess.start(settings, Version.TEXT, entries);
            if (file.isPresent()) {
                proxy.serve(BootstrapProxy.read(file.get()));
            }
        } catch (IOException e) {
            entries.close();
            throw CommandFailure.failed("the proxy cannot start: " + e.getMessage(), e);
        }
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            proxy.stop();
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        System.err.println("proxy ready");
        try {
            proxy.awaitEnd();
            entries.close();
            afterwards.run();
        } finally {
            ended.countDown();
        }
        return 0;
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
    }
}
