package dev.riser.proxy.admin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.timeout.IdleStateHandler;
import java.net.SocketAddress;

/**
 * The HTTP servers of a proxy process: admin on loopback 15000, metrics on 15020, health on 15021. All three are the same
 * small server with more or fewer pages.
 */
public final class AdminServer {
    private static final int IDLE_SECONDS = 60;
    private static final int MOST_BODY_BYTES = 65_536;

    private AdminServer() {}

    /** Which pages a server has. */
    public enum Pages {
        /** Everything, changes too: for loopback only. */
        ADMIN,
        /** Metrics and health. */
        METRICS,
        /** Health alone. */
        HEALTH
    }

    /**
     * Opens a server; closing the future's channel closes it.
     *
     * @param channel the kind of server channel
     */
    public static ChannelFuture bind(
            EventLoopGroup group,
            Class<? extends ServerChannel> channel,
            SocketAddress address,
            AdminView view,
            Pages pages) {
        return new ServerBootstrap()
                .group(group)
                .channel(channel)
                .childHandler(initializer(view, pages))
                .bind(address);
    }

    /** The pipeline of a connection. */
    static ChannelInitializer<Channel> initializer(AdminView view, Pages pages) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel connection) {
                connection
                        .pipeline()
                        .addLast(new IdleStateHandler(IDLE_SECONDS, 0, 0))
                        .addLast(new HttpServerCodec())
                        .addLast(new HttpServerKeepAliveHandler())
                        .addLast(new HttpObjectAggregator(MOST_BODY_BYTES))
                        .addLast(new AdminHandler(view, pages));
            }
        };
    }
}
