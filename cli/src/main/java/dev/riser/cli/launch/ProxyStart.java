package dev.riser.cli.launch;

import dev.riser.cli.CommandFailure;
import dev.riser.cli.api.MeshApi;
import dev.riser.proxy.app.ProxyProcess;
import dev.riser.proxy.app.ProxySettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Starts the proxy in this process. */
public final class ProxyStart {
    /** Connections that have not ended by then are cut. */
    private static final Duration DRAIN_TIME = Duration.ofSeconds(5);

    private ProxyStart() {}

    /**
     * Runs until the process is asked to end.
     *
     * @param version shown to the control plane
     * @param api the control plane's API, asked anew for each call
     * @param afterwards run when the proxy has ended
     * @return the exit code
     */
    public static int run(ProxyLaunch launch, String version, Supplier<MeshApi> api, Runnable afterwards)
            throws InterruptedException {
        RegistryEntries entries = new RegistryEntries(api);
        ProxyProcess process;
        try {
            process = ProxyProcess.start(
                    new ProxySettings(
                            launch.eventLoops(),
                            Optional.of(launch.socket()),
                            Optional.of(loopback(launch.adminPort())),
                            Optional.of(loopback(launch.metricsPort())),
                            Optional.of(loopback(launch.healthPort())),
                            Duration.ZERO,
                            DRAIN_TIME,
                            launch.exitWhenIdle()),
                    version,
                    entries);
        } catch (IOException e) {
            entries.close();
            throw CommandFailure.failed("the proxy cannot start: " + e.getMessage(), e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(process, entries, afterwards), "riser-proxy-end"));
        process.awaitEnd();
        return 0;
    }

    private static void end(ProxyProcess process, RegistryEntries entries, Runnable afterwards) {
        process.close();
        entries.close();
        afterwards.run();
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }
}
