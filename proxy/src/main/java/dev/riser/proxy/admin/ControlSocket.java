package dev.riser.proxy.admin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.string.StringDecoder;
import io.netty.handler.codec.string.StringEncoder;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;

/**
 * The Unix socket over which {@code riser run} hands workloads to a shared proxy: one JSON object a line, one reply a line,
 * in the order of the requests.
 *
 * <pre>
 * {"op":"adopt","workload":{...}}  →  {"ready":true}
 * {"op":"release","id":"..."}      →  {"released":true}
 * {"op":"list"}                    →  {"workloads":[{"id","namespace","name","identity","state"}]}
 * {"op":"stop"}                    →  {"stopping":true}
 * </pre>
 *
 * A failure is {@code {"error":"..."}}. A line longer than {@link #MOST_LINE_BYTES} ends the connection.
 */
public final class ControlSocket implements AutoCloseable {
    /** Most bytes of one request. */
    public static final int MOST_LINE_BYTES = 65_536;

    private final Path path;
    private final Channel server;

    private ControlSocket(Path path, Channel server) {
        this.path = path;
        this.server = server;
    }

    /**
     * Opens the socket with mode 0600. It appears under its name only when it is ready and closed to others; one that a
     * dead process left there is replaced. Blocks; not for event loops.
     *
     * @param channel the kind of server channel, such as {@code EpollServerDomainSocketChannel}
     * @param address makes the channel's kind of address from a path
     */
    public static ControlSocket open(
            EventLoopGroup group,
            Class<? extends ServerChannel> channel,
            Function<Path, SocketAddress> address,
            Path path,
            WorkloadControl control)
            throws IOException, InterruptedException {
        Path fresh = path.resolveSibling(
                "." + path.getFileName() + "." + ProcessHandle.current().pid());
        Files.deleteIfExists(fresh);
        var bound = new ServerBootstrap()
                .group(group)
                .channel(channel)
                .childHandler(initializer(control))
                .bind(address.apply(fresh));
        try {
            bound.get();
        } catch (ExecutionException failure) {
            throw new IOException("control socket %s cannot be opened".formatted(path), failure.getCause());
        }
        try {
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException failure) {
            bound.channel().close();
            Files.deleteIfExists(fresh);
            throw failure;
        }
        return new ControlSocket(path, bound.channel());
    }

    static ChannelInitializer<Channel> initializer(WorkloadControl control) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel connection) {
                connection
                        .pipeline()
                        .addLast(new LineBasedFrameDecoder(MOST_LINE_BYTES, true, true))
                        .addLast(new StringDecoder(StandardCharsets.UTF_8))
                        .addLast(new StringEncoder(StandardCharsets.UTF_8))
                        .addLast(new ControlHandler(control));
            }
        };
    }

    /** Closes the socket and removes its file. Open connections stay until their peers leave. */
    @Override
    public void close() throws IOException {
        server.close();
        Files.deleteIfExists(path);
    }
}
