package dev.riser.cli.launch;

import dev.riser.cli.CommandFailure;
import dev.riser.control.app.ControlPlane;
import dev.riser.control.app.ControlPlaneSettings;
import dev.riser.control.registry.MeshNetworks;
import dev.riser.control.world.MeshSettings.OutboundTraffic;
import dev.riser.model.IpBlock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;

/** Starts the control plane in this process. */
public final class ControlPlaneStart {
    private ControlPlaneStart() {}

    /**
     * Runs until the process is asked to end.
     *
     * @param afterwards run when the control plane has ended
     * @return never in practice: the process ends by a signal
     */
    public static int run(ControlPlaneLaunch launch, Runnable afterwards) throws InterruptedException {
        ControlPlane controlPlane;
        try {
            controlPlane = ControlPlane.start(settings(launch));
        } catch (IOException e) {
            throw CommandFailure.failed("the control plane cannot start: " + e.getMessage(), e);
        }
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            controlPlane.close();
                            afterwards.run();
                        },
                        "riser-control-plane-end"));
        System.err.printf(
                "control plane ready: API and dashboard http://%s/, state %s%n",
                hostAndPort(launch.apiListen(), controlPlane.apiPort()), launch.state());
        new CountDownLatch(1).await();
        return 0;
    }

    private static ControlPlaneSettings settings(ControlPlaneLaunch launch) {
        try {
            return new ControlPlaneSettings(
                    launch.config(),
                    launch.state(),
                    address("--api-listen", launch.apiListen()),
                    address("--xds-listen", launch.xdsListen()),
                    address("--metrics-listen", launch.metricsListen()),
                    launch.certificateLifetime(),
                    launch.trustDomain(),
                    switch (launch.outbound()) {
                        case "allow-any" -> OutboundTraffic.ALLOW_ANY;
                        case "registry-only" -> OutboundTraffic.REGISTRY_ONLY;
                        default ->
                            throw CommandFailure.usage("--outbound is '%s'; allowed: allow-any, registry-only"
                                    .formatted(launch.outbound()));
                    },
                    new MeshNetworks(IpBlock.parse(launch.network4()), IpBlock.parse(launch.network6())),
                    launch.version());
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
    }

    private static InetSocketAddress address(String option, String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon).replaceAll("[\\[\\]]", "");
        String port = text.substring(colon + 1);
        try {
            return new InetSocketAddress(InetAddress.ofLiteral(host), Integer.parseInt(port));
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage("%s is '%s'; write an address and a port, as 127.0.0.1:15080 or [::1]:15080"
                    .formatted(option, text));
        }
    }

    private static String hostAndPort(String listen, int port) {
        return listen.substring(0, listen.lastIndexOf(':')) + ":" + port;
    }
}
