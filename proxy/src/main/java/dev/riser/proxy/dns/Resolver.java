package dev.riser.proxy.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The resolver of one workload. Names of the mesh's domain are answered from discovery alone. Other host names are looked up
 * there too, since a ServiceEntry may name any host, and are forwarded unchanged where the mesh does not know them. Short
 * names ({@code product}, {@code product.prod}, {@code product.prod.svc}) mean the workload's own namespace and domain, because
 * the program's {@code resolv.conf} is the machine's and knows no search list of the mesh.
 */
public final class Resolver {
    /** Questions that one workload may have open; further ones fail at once. */
    private static final int MOST_OPEN = 1_000;

    private static final int STREAM_IDLE_SECONDS = 30;

    /** What became of a question, for metrics. */
    public enum Outcome {
        ANSWERED,
        NONEXISTENT,
        FORWARDED,
        FAILED,
        MALFORMED
    }

    private final ResolverSettings settings;
    private final HostLookup lookup;
    private final Forwarder forwarder;
    private final Consumer<Outcome> observer;
    private final AtomicInteger open = new AtomicInteger();

    /**
     * A resolver.
     *
     * @param observer told what became of each question; called on any thread
     */
    public Resolver(ResolverSettings settings, HostLookup lookup, Forwarder forwarder, Consumer<Outcome> observer) {
        this.settings = settings;
        this.lookup = lookup;
        this.forwarder = forwarder;
        this.observer = observer;
    }

    /**
     * The mesh's addresses of a name, in any of the forms that a program may use; empty where the name is not the mesh's.
     * Fails where discovery does not answer for a name that nobody else knows.
     *
     * @param name in lower case, without a dot at the end
     */
    public CompletionStage<Optional<List<InetAddress>>> addresses(String name) {
        boolean ours = ofTheMesh(name);
        return find(candidates(name, ours), 0, ours);
    }

    /** Whether a name is of the mesh's own domain, so that nobody else may be asked for it. */
    public boolean ofTheMesh(String name) {
        return isUnder(name, settings.clusterDomain());
    }

    /** The handler for a datagram channel bound to the resolver's port; one instance serves any number of channels. */
    public ChannelHandler datagramHandler() {
        return new Datagrams();
    }

    /** The initializer for stream connections accepted on the resolver's port. */
    public ChannelInitializer<Channel> streamInitializer() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline()
                        .addLast(new IdleStateHandler(STREAM_IDLE_SECONDS, 0, 0))
                        .addLast(new LengthFieldBasedFrameDecoder(65_537, 0, 2, 0, 2))
                        .addLast(new LengthFieldPrepender(2))
                        .addLast(new Streams());
            }
        };
    }

    /** The response to a message; empty where it deserves none. */
    CompletionStage<Optional<byte[]>> answer(byte[] message, Transport transport) {
        return switch (Question.read(message)) {
            case Question.Reading.Noise noise -> {
                observer.accept(Outcome.MALFORMED);
                yield CompletableFuture.completedFuture(Optional.empty());
            }
            case Question.Reading.Broken broken -> {
                observer.accept(Outcome.MALFORMED);
                yield CompletableFuture.completedFuture(Optional.of(Answer.broken(message, broken.code())));
            }
            case Question.Reading.Query query -> bounded(query.question(), transport);
        };
    }

    private CompletionStage<Optional<byte[]>> bounded(Question question, Transport transport) {
        if (open.incrementAndGet() > MOST_OPEN) {
            open.decrementAndGet();
            observer.accept(Outcome.FAILED);
            return CompletableFuture.completedFuture(Optional.of(Answer.failure(question, Answer.SERVER_FAILURE)));
        }
        return decide(question, transport).handle((response, failure) -> {
            open.decrementAndGet();
            if (failure != null) {
                observer.accept(Outcome.FAILED);
                return Optional.of(Answer.failure(question, Answer.SERVER_FAILURE));
            }
            return Optional.of(response);
        });
    }

    private CompletionStage<byte[]> decide(Question question, Transport transport) {
        if (question.name().isEmpty() || question.questionClass() != Question.CLASS_IN) {
            return forward(question, transport);
        }
        String name = question.name().get();
        boolean ours = isUnder(name, settings.clusterDomain());
        if (!ours && !asksAddress(question.type())) {
            return forward(question, transport);
        }
        return find(candidates(name, ours), 0, ours).thenCompose(found -> {
            if (found.isPresent()) {
                return CompletableFuture.completedFuture(known(question, transport, found.get(), ours));
            }
            if (ours && settings.unknownNames() == ResolverSettings.UnknownNames.NONEXISTENT) {
                return CompletableFuture.completedFuture(unknown(question, name));
            }
            return forward(question, transport);
        });
    }

    /** Whether the answer would let a program reach the host past the mesh, and so is the mesh's to give. */
    private static boolean asksAddress(int type) {
        return type == Question.TYPE_A
                || type == Question.TYPE_AAAA
                || type == Question.TYPE_SVCB
                || type == Question.TYPE_HTTPS
                || type == Question.TYPE_ANY;
    }

    private List<String> candidates(String name, boolean ours) {
        if (ours) {
            return List.of(name);
        }
        int labels = 1 + (int) name.chars().filter(letter -> letter == '.').count();
        String services = ".svc." + settings.clusterDomain();
        if (labels == 1) {
            return List.of(name + "." + settings.namespace() + services);
        }
        if (labels == 2) {
            return List.of(name, name + services);
        }
        if (labels == 3 && name.endsWith(".svc")) {
            return List.of(name, name + "." + settings.clusterDomain());
        }
        return List.of(name);
    }

    /** The first candidate that the mesh knows. A lookup that fails stops only names that nobody else can answer. */
    private CompletionStage<Optional<List<InetAddress>>> find(List<String> candidates, int index, boolean ours) {
        if (index == candidates.size()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        CompletionStage<Optional<List<InetAddress>>> asked = lookup.host(candidates.get(index))
                .toCompletableFuture()
                .copy()
                .orTimeout(settings.lookupTimeout().toMillis(), TimeUnit.MILLISECONDS);
        CompletionStage<Optional<List<InetAddress>>> settled =
                ours ? asked : asked.exceptionally(failure -> Optional.empty());
        return settled.thenCompose(found ->
                found.isPresent() ? CompletableFuture.completedFuture(found) : find(candidates, index + 1, ours));
    }

    private byte[] known(Question question, Transport transport, List<InetAddress> addresses, boolean ours) {
        List<InetAddress> wanted = new ArrayList<>();
        for (InetAddress address : addresses) {
            boolean four = address instanceof Inet4Address;
            if (question.type() == Question.TYPE_ANY
                    || question.type() == Question.TYPE_A && four
                    || question.type() == Question.TYPE_AAAA && !four) {
                wanted.add(address);
            }
        }
        observer.accept(Outcome.ANSWERED);
        int seconds = (int) settings.timeToLive().toSeconds();
        if (wanted.isEmpty()) {
            return Answer.nothing(question, Answer.NO_ERROR, ours ? settings.clusterDomain() : "", seconds);
        }
        int mostBytes = transport == Transport.STREAM ? 65_535 : question.mostBytes();
        return Answer.addresses(question, wanted, seconds, mostBytes);
    }

    private byte[] unknown(Question question, String name) {
        // The domain, svc and a namespace are names with names below them: to say that they do not exist would deny
        // those.
        String domain = settings.clusterDomain();
        boolean inner = name.equals(domain)
                || name.equals("svc." + domain)
                || name.endsWith(".svc." + domain)
                        && name.indexOf('.') == name.length() - domain.length() - ".svc.".length();
        observer.accept(inner ? Outcome.ANSWERED : Outcome.NONEXISTENT);
        return Answer.nothing(question, inner ? Answer.NO_ERROR : Answer.NAME_ERROR, domain, (int)
                settings.timeToLive().toSeconds());
    }

    private CompletionStage<byte[]> forward(Question question, Transport transport) {
        return forwarder.forward(question, transport).thenApply(response -> {
            observer.accept(Outcome.FORWARDED);
            return response;
        });
    }

    private static boolean isUnder(String name, String domain) {
        return name.equals(domain)
                || name.length() > domain.length()
                        && name.endsWith(domain)
                        && name.charAt(name.length() - domain.length() - 1) == '.';
    }

    @ChannelHandler.Sharable
    private final class Datagrams extends SimpleChannelInboundHandler<DatagramPacket> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
            byte[] message = ByteBufUtil.getBytes(packet.content());
            var sender = packet.sender();
            answer(message, Transport.DATAGRAM)
                    .thenAccept(response -> response.ifPresent(
                            bytes -> context.writeAndFlush(new DatagramPacket(Unpooled.wrappedBuffer(bytes), sender))));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // A client that has gone makes the kernel report an unreachable port; the socket serves the others on.
        }
    }

    private final class Streams extends SimpleChannelInboundHandler<ByteBuf> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
            answer(ByteBufUtil.getBytes(frame), Transport.STREAM).thenAccept(response -> {
                if (response.isPresent()) {
                    context.writeAndFlush(Unpooled.wrappedBuffer(response.get()));
                } else {
                    context.close();
                }
            });
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof IdleStateEvent) {
                context.close();
            } else {
                context.fireUserEventTriggered(event);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
