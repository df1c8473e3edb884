package dev.riser.proxy.flow;

import dev.riser.proxy.net.Protocol;
import dev.riser.proxy.net.Sniffer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Gathers bytes until they tell HTTP/2 from HTTP/1, then hands them on once. Confined to its event loop. */
final class HttpSniffing extends ChannelInboundHandlerAdapter {
    private final Consumer<ByteBuf> told;
    private @Nullable ByteBuf seen;
    private boolean done;

    HttpSniffing(Consumer<ByteBuf> told) {
        this.told = told;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf data = (ByteBuf) message;
        if (done) {
            ctx.fireChannelRead(data);
            return;
        }
        ByteBuf before = seen;
        ByteBuf all = before == null ? data : Unpooled.wrappedBuffer(before, data);
        seen = all;
        Protocol protocol = Sniffer.sniff(all);
        if (protocol == Protocol.UNKNOWN && all.readableBytes() < Sniffer.LIMIT) {
            return;
        }
        done = true;
        seen = null;
        told.accept(all);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent && !done) {
            // it ended before it said anything that could be answered
            ctx.close();
            return;
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        ByteBuf left = seen;
        seen = null;
        if (left != null) {
            left.release();
        }
    }
}
