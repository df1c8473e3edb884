package dev.riser.cli.rehearsal;

import dev.riser.cli.net.LoneNetwork;
import dev.riser.identity.CertificateSigningRequest;
import dev.riser.identity.P256;
import dev.riser.identity.Pem;
import dev.riser.identity.SpiffeId;
import dev.riser.xds.client.CertificateClient;
import dev.riser.xds.client.ChannelSecurity;
import dev.riser.xds.client.ChannelTransport;
import dev.riser.xds.client.ControlPlaneChannel;
import dev.riser.xds.client.LoopScheduler;
import dev.riser.xds.client.RootSource;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.ToIntFunction;

/**
 * A proxy that serves a bootstrap file and, where the network belongs to the rehearsal alone, the control plane's one
 * workload, with requests through all of it.
 *
 * <p>Uses nothing that a proxy does not use, for what is loaded here every proxy carries from then on.
 */
public final class ProxyRehearsal {
    /** Long enough for the optimizing compiler to have seen the way of a request. */
    private static final Duration PERFORMANCE = Duration.ofMillis(2500);

    private static final Duration CERTIFICATE_LIMIT = Duration.ofSeconds(20);

    private final Stage stage;
    private final ToIntFunction<List<String>> riser;

    /** Whose the network is in which this process runs. */
    public enum Network {
        SHARED,
        /** Addresses, links and rules may be changed: a namespace that ends with the rehearsal. */
        OWN
    }

    private record Workload(String id, String address, String token, String xds, String api) {
        static Workload read(Path file) throws IOException {
            List<String> lines = Files.readAllLines(file);
            return new Workload(lines.get(0), lines.get(1), lines.get(2), lines.get(3), lines.get(4));
        }
    }

    /**
     * @param directory where {@link ControlPlaneRehearsal} rehearses
     * @param riser runs a verb of the command line in this process
     */
    public ProxyRehearsal(Path directory, ToIntFunction<List<String>> riser) {
        this.stage = new Stage(directory);
        this.riser = riser;
    }

    /** Returns when the traffic has ended; the proxies run until the process ends. */
    public void run(Network network) throws IOException, InterruptedException {
        try {
            Stage.until("the workload's registration", () -> Files.exists(stage.workload()));
            Workload workload = Workload.read(stage.workload());
            try (Traffic traffic = new Traffic()) {
                serveBootstrap(workload, traffic);
                if (network == Network.OWN) {
                    serveWorkload(workload, traffic);
                }
                traffic.play(PERFORMANCE);
            }
        } finally {
            Stage.write(stage.curtain(), "");
        }
    }

    private void serveBootstrap(Workload workload, Traffic traffic) throws IOException, InterruptedException {
        certify(workload);
        int application = traffic.serveHttp(0);
        int echo = traffic.serveEcho(0);
        RehearsalBootstrap bootstrap = new RehearsalBootstrap(
                stage.directory(),
                stage.roots(),
                Stage.freePort(),
                Stage.freePort(),
                Stage.freePort(),
                Stage.freePort(),
                application,
                echo);
        Path file = stage.directory().resolve("bootstrap.json");
        Stage.write(file, bootstrap.text());
        int metrics = Stage.freePort();
        Stage.start(
                riser,
                "proxy",
                "--config",
                file.toString(),
                "--concurrency",
                "1",
                "--admin-port",
                "0",
                "--metrics-port",
                Integer.toString(metrics),
                "--health-port",
                "0");
        InetAddress loopback = InetAddress.getLoopbackAddress();
        traffic.http(new InetSocketAddress(loopback, bootstrap.http()), "rehearsal");
        traffic.echo(new InetSocketAddress(loopback, bootstrap.tcp()));
        traffic.scrape(new InetSocketAddress(loopback, metrics), "/metrics");
    }

    private void serveWorkload(Workload workload, Traffic traffic) throws IOException, InterruptedException {
        LoneNetwork.establish(workload.address());
        traffic.serveHttp(Stage.HTTP_PORT);
        traffic.serveEcho(Stage.TCP_PORT);
        Path socket = stage.directory().resolve("proxy.sock");
        Stage.start(
                riser,
                "proxy",
                "--state",
                stage.state().toString(),
                "--api",
                workload.api(),
                "--socket",
                socket.toString(),
                "--concurrency",
                "1",
                "--admin-port",
                "0",
                "--metrics-port",
                "0",
                "--health-port",
                "0");
        Stage.until("the proxy's socket", () -> {
            try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                return channel.connect(UnixDomainSocketAddress.of(socket));
            }
        });
        adopt(workload, socket);
        String host = "%s.%s.svc.cluster.local".formatted(Stage.NAME, Stage.NAMESPACE);
        InetAddress[] service = new InetAddress[1];
        Stage.until("the service's address", () -> {
            service[0] = Traffic.resolve(host);
            return true;
        });
        traffic.http(new InetSocketAddress(service[0], Stage.HTTP_PORT), host);
        traffic.echo(new InetSocketAddress(service[0], Stage.TCP_PORT));
    }

    private void adopt(Workload workload, Path socket) throws IOException {
        String line = """
                {"op":"adopt","workload":{"id":"%s","namespace":"%s","name":"%s","instance":"%s","serviceAccount":"%s",\
                "labels":{"app":"%s","version":"v1"},"ports":[%d,%d],"addresses":["%s"],"netns":"/proc/%d/ns/net","pid":0,\
                "token":"%s","xds":"%s","rootCa":"%s"}}
                """.formatted(
                        workload.id(),
                        Stage.NAMESPACE,
                        Stage.NAME,
                        workload.id(),
                        Stage.NAME,
                        Stage.NAME,
                        Stage.HTTP_PORT,
                        Stage.TCP_PORT,
                        workload.address(),
                        ProcessHandle.current().pid(),
                        workload.token(),
                        workload.xds(),
                        stage.roots());
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
            ByteBuffer answer = ByteBuffer.allocate(4096);
            channel.read(answer);
            String said = StandardCharsets.UTF_8.decode(answer.flip()).toString();
            if (said.contains("\"error\"")) {
                throw new IOException("the proxy refuses the rehearsal's workload: " + said);
            }
        }
    }

    /** Gets the certificate with which both sides of the bootstrap file speak. */
    private void certify(Workload workload) throws IOException, InterruptedException {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        int colon = workload.xds().lastIndexOf(':');
        try (ControlPlaneChannel channel = new ControlPlaneChannel(
                workload.xds().substring(0, colon),
                Integer.parseInt(workload.xds().substring(colon + 1)),
                workload.xds(),
                new ChannelTransport(loops, EpollSocketChannel::new),
                new ChannelSecurity.Tls(RootSource.file(stage.roots()), Optional::empty),
                () -> Optional.of(workload.token()))) {
            KeyPair keys = P256.generate();
            List<String> chain = new CertificateClient(
                            channel::channel, LoopScheduler.of(loops.next()), CERTIFICATE_LIMIT)
                    .request(
                            CertificateSigningRequest.pem(keys, SpiffeId.parse(RehearsalBootstrap.IDENTITY)),
                            Duration.ZERO)
                    .toCompletableFuture()
                    .get(CERTIFICATE_LIMIT.toSeconds(), TimeUnit.SECONDS);
            Stage.write(
                    stage.directory().resolve(RehearsalBootstrap.CHAIN),
                    String.join("", chain.subList(0, chain.size() - 1)));
            Stage.write(stage.directory().resolve(RehearsalBootstrap.KEY), Pem.of(keys.getPrivate()));
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("no certificate for the rehearsal: " + e.getMessage(), e);
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }
}
