package dev.riser.control.app;

import dev.riser.control.registry.MeshNetworks;
import dev.riser.control.world.AccessLogging;
import dev.riser.control.world.MeshSettings.OutboundTraffic;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What a control plane is started with.
 *
 * @param configDirectory directory of YAML that is watched; empty where objects come through the API alone
 * @param stateDirectory keys, objects, addresses and tokens; made where it is not there
 * @param api where the API and the dashboard listen; port 0 takes any
 * @param xds where proxies are served; port 0 takes any
 * @param metrics where the control plane's own metrics are served; port 0 takes any
 * @param certificateLifetime life of workload certificates, at least 5 seconds
 * @param trustDomain first part of every identity; fixed by the first start with a state directory
 * @param outbound what happens to traffic that leads to no known destination
 * @param accessLogging what proxies write about each exchange
 * @param networks where workloads of {@code riser run} get their addresses
 * @param version shown by the API
 */
public record ControlPlaneSettings(
        Optional<Path> configDirectory,
        Path stateDirectory,
        InetSocketAddress api,
        InetSocketAddress xds,
        InetSocketAddress metrics,
        Duration certificateLifetime,
        String trustDomain,
        OutboundTraffic outbound,
        AccessLogging accessLogging,
        MeshNetworks networks,
        String version) {
    public static final int API_PORT = 15080;
    public static final int XDS_PORT = 15012;
    public static final int METRICS_PORT = 15014;
    public static final Duration CERTIFICATE_LIFETIME = Duration.ofHours(24);
    public static final String TRUST_DOMAIN = "cluster.local";

    /** The defaults: loopback, standard ports, 24 hours, {@code cluster.local}, unknown traffic passes. */
    public static ControlPlaneSettings standard(Optional<Path> configDirectory, Path stateDirectory) {
        return new ControlPlaneSettings(
                configDirectory,
                stateDirectory,
                loopback(API_PORT),
                loopback(XDS_PORT),
                loopback(METRICS_PORT),
                CERTIFICATE_LIFETIME,
                TRUST_DOMAIN,
                OutboundTraffic.ALLOW_ANY,
                AccessLogging.OFF,
                MeshNetworks.DEFAULT,
                "0.1.0");
    }

    /** The same on other ports of loopback. */
    public ControlPlaneSettings withPorts(int apiPort, int xdsPort, int metricsPort) {
        return new ControlPlaneSettings(
                configDirectory,
                stateDirectory,
                loopback(apiPort),
                loopback(xdsPort),
                loopback(metricsPort),
                certificateLifetime,
                trustDomain,
                outbound,
                accessLogging,
                networks,
                version);
    }

    /** The same with another life for workload certificates. */
    public ControlPlaneSettings withCertificateLifetime(Duration lifetime) {
        return new ControlPlaneSettings(
                configDirectory,
                stateDirectory,
                api,
                xds,
                metrics,
                lifetime,
                trustDomain,
                outbound,
                accessLogging,
                networks,
                version);
    }

    /** A port on 127.0.0.1. */
    public static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
    }
}
