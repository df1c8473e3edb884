package dev.riser.cli.launch;

import dev.riser.cli.CommandFailure;
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

/** Starts the proxy in this process. */
public final class ProxyStart {
    /** How long open connections of a workload that leaves may last; a program that has ended has few. */
    private static final Duration DRAIN = Duration.ofSeconds(5);

    private ProxyStart() {}

    /**
     * Runs until the process is asked to end.
     *
     * @param afterwards run when the proxy has ended
     * @return the exit code
     */
    public static int run(ProxyLaunch launch, Runnable afterwards) throws InterruptedException {
        Optional<Path> file = launch.bootstrap();
        ProxySettings settings = new ProxySettings(
                concurrency(),
                file.isPresent() ? Optional.empty() : Optional.of(launch.socket()),
                loopback(launch.adminPort()),
                loopback(launch.metricsPort()),
                loopback(launch.healthPort()),
                Duration.ZERO,
                DRAIN,
                Optional.empty(),
                launch.life() == ProxyLaunch.Life.ONE_WORKLOAD ? ProxySettings.Life.ONE_WORKLOAD : ProxySettings.Life.UNTIL_STOPPED);
        ProxyProcess proxy;
        try {
            proxy = ProxyProcess.start(settings, Version.TEXT);
            if (file.isPresent()) {
                proxy.serve(BootstrapProxy.read(file.get()));
            }
        } catch (IOException e) {
            throw CommandFailure.failed(String.valueOf(e.getMessage()));
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
            afterwards.run();
        } finally {
            ended.countDown();
        }
        return 0;
    }

    /** Two loops carry what two cores can; more only cost memory. RISER_CONCURRENCY overrides. */
    private static int concurrency() {
        String asked = System.getenv("RISER_CONCURRENCY");
        if (asked != null && asked.matches("[1-9][0-9]?")) {
            return Integer.parseInt(asked);
        }
        return Math.max(1, Math.min(2, Runtime.getRuntime().availableProcessors()));
    }

    private static Optional<InetSocketAddress> loopback(int port) {
        return port < 0 ? Optional.empty() : Optional.of(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
    }
}
