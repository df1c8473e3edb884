package dev.riser.proxy.dns;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Asks the machine's resolvers, from the process's own network namespace. Messages pass as they are but for the id, which is
 * random and unique among the open questions; a response counts only if it comes from the resolver that was asked, over the
 * socket that asked, with that id and the same question. Datagram questions go out by datagram (a truncated response is the
 * client's sign to come back by stream), stream questions by stream. State belongs to one event loop.
 */
public final class Forwarder implements AutoCloseable {
    private static final int MOST_OPEN = 1_000;

    /** Source ports to guess among, beside the id. */
    private static final int SOCKETS = 4;

    private static final int MOST_RESOLVERS = 3;

    private final EventLoop loop;
    private final ChannelFactory<? extends DatagramChannel> datagrams;
    private final ChannelFactory<? extends Channel> streams;
    private final List<InetSocketAddress> resolvers;
    private final RandomGenerator random;
    private final long attemptMillis;
    private final IntObjectMap<Pending> pending = new IntObjectHashMap<>();
    private final List<ChannelFuture> sockets = new ArrayList<>();
    private int open;
    private boolean closed;

    /**
     * A forwarder; sockets are opened with the first question.
     *
     * @param streams makes channels for connections to resolvers
     * @param resolvers asked in this order; those after the third are not
     * @param random secure: ids are what keeps a stranger's answer out
     * @param timeout for a question, over all resolvers
     */
    public Forwarder(
            EventLoop loop,
            ChannelFactory<? extends DatagramChannel> datagrams,
            ChannelFactory<? extends Channel> streams,
            List<InetSocketAddress> resolvers,
            RandomGenerator random,
            Duration timeout) {
        this.loop = loop;
        this.datagrams = datagrams;
        this.streams = streams;
        this.resolvers = resolvers.stream().limit(MOST_RESOLVERS).toList();
        this.random = random;
        this.attemptMillis = Math.max(1, timeout.toMillis() / Math.max(1, this.resolvers.size()));
    }

    private static final class Pending {
        private final Question question;
        private final int id;
        private final CompletableFuture<byte[]> response;
        private int resolver;
        private @Nullable Channel socket;
        private @Nullable Future<?> timer;

        Pending(Question question, int id, CompletableFuture<byte[]> response) {
            this.question = question;
            this.id = id;
            this.response = response;
        }
    }

    /** The resolvers' response, with the client's id; fails after the timeout or with too many questions open. */
    CompletionStage<byte[]> forward(Question question, Transport transport) {
        CompletableFuture<byte[]> response = new CompletableFuture<>();
        if (loop.inEventLoop()) {
            begin(question, transport, response);
        } else {
            loop.execute(() -> begin(question, transport, response));
        }
        return response;
    }

    private void begin(Question question, Transport transport, CompletableFuture<byte[]> response) {
        if (closed || resolvers.isEmpty() || open >= MOST_OPEN) {
            response.completeExceptionally(new IOException(
                    resolvers.isEmpty() ? "no resolver to forward to" : "too many questions open (" + open + ")"));
            return;
        }
        open++;
        response.whenComplete((done, failure) -> open--);
        switch (transport) {
            case DATAGRAM -> {
                Pending asked = new Pending(question, freeId(), response);
                pending.put(asked.id, asked);
                send(asked);
            }
            case STREAM -> connect(question, 0, response);
        }
    }

    private int freeId() {
        int id = random.nextInt(65_536);
        while (pending.containsKey(id)) {
            id = random.nextInt(65_536);
        }
        return id;
    }

    private void send(Pending asked) {
        asked.timer = loop.schedule(
                () -> next(asked, new TimeoutException("no resolver answered")), attemptMillis, TimeUnit.MILLISECONDS);
        ChannelFuture bound = socket();
        Channel socket = bound.channel();
        asked.socket = socket;
        InetSocketAddress resolver = resolvers.get(asked.resolver);
        byte[] message = withId(asked.question.message(), asked.id);
        // A datagram written before the socket is bound would be refused.
        bound.addListener(done -> socket.writeAndFlush(new DatagramPacket(Unpooled.wrappedBuffer(message), resolver))
                .addListener(sent -> {
                    if (!sent.isSuccess()) {
                        next(asked, sent.cause());
                    }
                }));
    }

    /** Turns to the next resolver, or gives up with the failure of the last. */
    private void next(Pending asked, Throwable failure) {
        if (asked.response.isDone()) {
            return;
        }
        cancelTimer(asked);
        if (asked.resolver + 1 < resolvers.size() && !closed) {
            asked.resolver++;
            send(asked);
        } else {
            pending.remove(asked.id);
            asked.response.completeExceptionally(failure);
        }
    }

    private static void cancelTimer(Pending asked) {
        Future<?> timer = asked.timer;
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private ChannelFuture socket() {
        if (sockets.isEmpty()) {
            for (int index = 0; index < SOCKETS; index++) {
                sockets.add(new Bootstrap()
                        .group(loop)
                        .channelFactory(datagrams)
                        .handler(new Responses())
                        .bind(0));
            }
        }
        return sockets.get(random.nextInt(sockets.size()));
    }

    private final class Responses extends SimpleChannelInboundHandler<DatagramPacket> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
            byte[] message = ByteBufUtil.getBytes(packet.content());
            if (message.length < Question.HEADER || (message[2] & 0x80) == 0) {
                return;
            }
            Pending asked = pending.get(Question.unsigned16(message, 0));
            if (asked == null
                    || asked.socket != context.channel()
                    || !sameAddress(packet.sender(), resolvers.get(asked.resolver))
                    || !asked.question.askedIn(message)) {
                return;
            }
            int code = message[3] & 15;
            boolean refused = code == Answer.SERVER_FAILURE || code == 5;
            if (refused && asked.resolver + 1 < resolvers.size()) {
                next(asked, new IOException("the resolver answered with code " + code));
                return;
            }
            cancelTimer(asked);
            pending.remove(asked.id);
            asked.response.complete(withId(message, asked.question.id()));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // An unreachable port is reported on the socket without saying for which question: the timeout tells.
        }
    }

    private static boolean sameAddress(InetSocketAddress left, InetSocketAddress right) {
        return left.getPort() == right.getPort() && left.getAddress().equals(right.getAddress());
    }

    private void connect(Question question, int resolver, CompletableFuture<byte[]> response) {
        int id = random.nextInt(65_536);
        CompletableFuture<byte[]> attempt = new CompletableFuture<>();
        Channel channel = new Bootstrap()
                .group(loop)
                .channelFactory(streams)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        stream.pipeline()
                                .addLast(new LengthFieldBasedFrameDecoder(65_537, 0, 2, 0, 2))
                                .addLast(new LengthFieldPrepender(2))
                                .addLast(new StreamResponse(question, id, attempt));
                    }
                })
                .connect(resolvers.get(resolver))
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        attempt.completeExceptionally(connected.cause());
                    }
                })
                .channel();
        Future<?> timer = loop.schedule(
                () -> attempt.completeExceptionally(new TimeoutException("no resolver answered")),
                attemptMillis,
                TimeUnit.MILLISECONDS);
        attempt.whenComplete((message, failure) -> {
            timer.cancel(false);
            channel.close();
            if (failure == null) {
                response.complete(message);
            } else if (resolver + 1 < resolvers.size() && !closed) {
                connect(question, resolver + 1, response);
            } else {
                response.completeExceptionally(failure);
            }
        });
    }

    private static final class StreamResponse extends SimpleChannelInboundHandler<ByteBuf> {
        private final Question question;
        private final int id;
        private final CompletableFuture<byte[]> attempt;

        StreamResponse(Question question, int id, CompletableFuture<byte[]> attempt) {
            this.question = question;
            this.id = id;
            this.attempt = attempt;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            context.writeAndFlush(Unpooled.wrappedBuffer(withId(question.message(), id)));
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
            byte[] message = ByteBufUtil.getBytes(frame);
            if (message.length < Question.HEADER
                    || Question.unsigned16(message, 0) != id
                    || !question.askedIn(message)) {
                attempt.completeExceptionally(new IOException("the resolver answered another question"));
            } else {
                attempt.complete(withId(message, question.id()));
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            attempt.completeExceptionally(new IOException("the resolver closed the connection"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            attempt.completeExceptionally(cause);
        }
    }

    private static byte[] withId(byte[] message, int id) {
        byte[] copy = message.clone();
        copy[0] = (byte) (id >> 8);
        copy[1] = (byte) id;
        return copy;
    }

    /** Closes the sockets and fails what is open. */
    @Override
    public void close() {
        loop.execute(() -> {
            closed = true;
            sockets.forEach(socket -> socket.channel().close());
            for (Pending asked : List.copyOf(pending.values())) {
                next(asked, new IOException("the proxy is ending"));
            }
        });
    }
}
