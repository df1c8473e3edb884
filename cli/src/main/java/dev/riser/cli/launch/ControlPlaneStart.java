package dev.riser.cli.launch;

import dev.riser.cli.CommandFailure;
import dev.riser.control.app.ControlPlane;
import dev.riser.control.app.ControlPlaneSettings;
import dev.riser.control.registry.MeshNetworks;
import dev.riser.control.world.OutboundTraffic;
import dev.riser.model.IpBlock;
import java.io.IOException;
import java.util.Optional;
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
        if (launch.config().size() > 1) {
            throw CommandFailure.usage("--config was given %d times; a control plane watches one directory, with all below it"
                    .formatted(launch.config().size()));
        }
        ControlPlaneSettings settings;
        try {
            settings = new ControlPlaneSettings(
                    launch.config().isEmpty()
                            ? Optional.empty()
                            : Optional.of(launch.config().getFirst()),
                    launch.state(),
                    ListenAddress.parse(launch.apiListen()),
                    ListenAddress.parse(launch.xdsListen()),
                    ListenAddress.parse(launch.metricsListen()),
                    launch.certificateLifetime(),
                    launch.trustDomain(),
                    OutboundTraffic.ALLOW_ANY,
                    new MeshNetworks(IpBlock.parse(launch.network4()), IpBlock.parse(launch.network6())),
                    Version.TEXT);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
        ControlPlane control;
        try {
            control = ControlPlane.start(settings);
        } catch (IOException e) {
            throw CommandFailure.failed(String.valueOf(e.getMessage()));
        }
        System.err.printf(
                "control plane ready: dashboard and API http://127.0.0.1:%d xDS %d metrics %d state %s%n",
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
}
