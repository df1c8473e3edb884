package dev.riser.cli.launch;

import dev.riser.cli.failure.CommandFailure;
import dev.riser.control.app.ControlPlane;
import dev.riser.control.app.ControlPlaneSettings;
import dev.riser.control.registry.MeshNetworks;
import dev.riser.control.world.AccessLogging;
import dev.riser.control.world.MeshSettings.OutboundTraffic;
import dev.riser.model.IpBlock;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/** Starts the control plane in this process. */
public final class ControlPlaneStart {
    private ControlPlaneStart() {}

    /**
     * Runs until the process is asked to end.
     *
     * @param afterwards run when the control plane has ended
     * @return the exit code
     */
    public static int run(ControlPlaneLaunch launch, Runnable afterwards) throws InterruptedException {
        ControlPlaneSettings settings;
        try {
            settings = new ControlPlaneSettings(
                    launch.config(),
                    launch.state(),
                    ListenAddress.parse(launch.apiListen()),
                    ListenAddress.parse(launch.xdsListen()),
                    ListenAddress.parse(launch.metricsListen()),
                    launch.certificateLifetime(),
                    launch.trustDomain(),
                    outbound(launch.outbound()),
                    accessLog(launch.accessLog()),
                    new MeshNetworks(IpBlock.parse(launch.network4()), IpBlock.parse(launch.network6())),
                    Version.TEXT);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
        ControlPlane control;
        try {
            control = ControlPlane.start(settings);
        } catch (IOException e) {
            throw CommandFailure.failed("the control plane cannot start: " + e.getMessage(), e);
        }
        System.err.printf(
                "control plane ready: dashboard and API on port %d, xDS %d, metrics %d, state %s%n",
                control.apiPort(), control.xdsPort(), control.metricsPort(), launch.state());
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            asked.countDown();
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        asked.await();
        try {
            control.close();
            afterwards.run();
        } finally {
            ended.countDown();
        }
        return 0;
    }

    private static AccessLogging accessLog(String text) {
        return switch (text) {
            case "off" -> AccessLogging.OFF;
            case "text" -> AccessLogging.TEXT;
            case "json" -> AccessLogging.JSON;
            default -> throw CommandFailure.usage("--access-log is '%s'; allowed: off, text, json".formatted(text));
        };
    }

    private static OutboundTraffic outbound(String word) {
        return switch (word) {
            case "allow-any" -> OutboundTraffic.ALLOW_ANY;
            case "registry-only" -> OutboundTraffic.REGISTRY_ONLY;
            default ->
                throw CommandFailure.usage("--outbound is '%s'; allowed: allow-any, registry-only".formatted(word));
        };
    }
}
