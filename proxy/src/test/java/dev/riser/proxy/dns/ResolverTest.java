package dev.riser.proxy.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.dns.DatagramDnsResponseDecoder;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponse;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResolverTest {
    private static final InetSocketAddress CLIENT = new InetSocketAddress(InetAddress.ofLiteral("10.88.0.2"), 40_000);
    private static final InetSocketAddress SERVER = new InetSocketAddress(InetAddress.ofLiteral("10.88.0.1"), 53);
    private static MultiThreadIoEventLoopGroup group;

    private final List<String> asked = new ArrayList<>();
    private final List<Resolver.Outcome> outcomes = new ArrayList<>();
    private final Map<String, List<InetAddress>> hosts = Map.of(
            "product.prod.svc.cluster.local",
            List.of(InetAddress.ofLiteral("10.90.0.7"), InetAddress.ofLiteral("fd00:90::7")),
            "four.prod.svc.cluster.local",
            List.of(InetAddress.ofLiteral("10.90.0.8")),
            "api.example.com",
            List.of(InetAddress.ofLiteral("240.240.0.1")),
            "many.prod.svc.cluster.local",
            many());

    private static List<InetAddress> many() {
        List<InetAddress> many = new ArrayList<>();
        for (int index = 1; index <= 60; index++) {
            many.add(InetAddress.ofLiteral("10.88.1." + index));
        }
        return many;
    }

    @BeforeAll
    static void startLoops() {
        group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    }

    @AfterAll
    static void stopLoops() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private Resolver resolver(ResolverSettings settings, List<InetSocketAddress> upstreams) {
        EventLoop loop = group.next();
        Forwarder forwarder = new Forwarder(
                loop, NioDatagramChannel::new, NioSocketChannel::new, upstreams, new Random(3), Duration.ofSeconds(30));
        HostLookup lookup = name -> {
            asked.add(name);
            return CompletableFuture.completedFuture(Optional.ofNullable(hosts.get(name)));
        };
        return new Resolver(settings, lookup, forwarder, outcomes::add);
    }

    private Resolver resolver() {
        return resolver(ResolverSettings.forNamespace("prod"), List.of());
    }

    /** A query without EDNS, recursion desired, id 0x1234. */
    static byte[] query(String name, int type) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(HexFormat.of().parseHex("123401000001000000000000"));
        out.writeBytes(Question.encodeName(name));
        out.write(type >> 8);
        out.write(type);
        out.write(0);
        out.write(1);
        return out.toByteArray();
    }

    private static byte[] extended(byte[] query, int size) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(query);
        out.writeBytes(new byte[] {0, 0, 41, (byte) (size >> 8), (byte) size, 0, 0, 0, 0, 0, 0});
        byte[] message = out.toByteArray();
        message[11] = 1;
        return message;
    }

    private static byte[] ask(Resolver resolver, byte[] query) throws Exception {
        return resolver.answer(query, Transport.DATAGRAM)
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS)
                .orElseThrow();
    }

    /** Read by Netty's decoder, which knows nothing of our writer. */
    private static DnsResponse decode(byte[] message) {
        EmbeddedChannel channel = new EmbeddedChannel(new DatagramDnsResponseDecoder());
        channel.writeInbound(new DatagramPacket(Unpooled.wrappedBuffer(message), CLIENT, SERVER));
        DnsResponse response = channel.readInbound();
        assertThat(response).isNotNull();
        return response;
    }

    private static List<String> addresses(DnsResponse response) throws Exception {
        List<String> addresses = new ArrayList<>();
        for (int index = 0; index < response.count(DnsSection.ANSWER); index++) {
            DnsRawRecord record = response.recordAt(DnsSection.ANSWER, index);
            addresses.add(InetAddress.getByAddress(ByteBufUtil.getBytes(record.content()))
                    .getHostAddress());
        }
        return addresses;
    }

    @Test
    void addressOfAMeshNameIsThisSequenceOfBytes() throws Exception {
        byte[] response = ask(resolver(), query("Four.prod.svc.cluster.local", 1));

        assertThat(HexFormat.of().formatHex(response))
                .isEqualTo("1234" + "8580" + "0001" + "0001" + "0000" + "0000"
                        + "04466f7572" + "0470726f64" + "03737663" + "07636c7573746572" + "056c6f63616c" + "00"
                        + "0001" + "0001"
                        + "c00c" + "0001" + "0001" + "0000001e" + "0004" + "0a5a0008");
        assertThat(outcomes).containsExactly(Resolver.Outcome.ANSWERED);
    }

    @Test
    void eachFamilyIsAnsweredWithItsOwnAddresses() throws Exception {
        DnsResponse four = decode(ask(resolver(), query("product.prod.svc.cluster.local", 1)));
        DnsResponse six = decode(ask(resolver(), query("product.prod.svc.cluster.local", 28)));

        assertThat(addresses(four)).containsExactly("10.90.0.7");
        assertThat(addresses(six)).containsExactly("fd00:90:0:0:0:0:0:7");
        assertThat(four.isAuthoritativeAnswer()).isTrue();
        assertThat(four.isRecursionAvailable()).isTrue();
        assertThat(four.recordAt(DnsSection.ANSWER, 0).timeToLive()).isEqualTo(30);
    }

    @ParameterizedTest
    @ValueSource(ints = {28, 15, 65, 16})
    void knownNameWithoutRecordsOfTheTypeExistsNevertheless(int type) throws Exception {
        DnsResponse response = decode(ask(resolver(), query("four.prod.svc.cluster.local", type)));

        assertThat(response.code()).isEqualTo(DnsResponseCode.NOERROR);
        assertThat(response.count(DnsSection.ANSWER)).isZero();
        assertThat(response.recordAt(DnsSection.AUTHORITY, 0).type()).isEqualTo(DnsRecordType.SOA);
        assertThat(response.recordAt(DnsSection.AUTHORITY, 0).name()).isEqualTo("cluster.local.");
    }

    @Test
    void unknownNameOfTheDomainDoesNotExist() throws Exception {
        DnsResponse response = decode(ask(resolver(), query("nobody.prod.svc.cluster.local", 1)));

        assertThat(response.code()).isEqualTo(DnsResponseCode.NXDOMAIN);
        assertThat(response.isAuthoritativeAnswer()).isTrue();
        assertThat(response.recordAt(DnsSection.AUTHORITY, 0).type()).isEqualTo(DnsRecordType.SOA);
        assertThat(outcomes).containsExactly(Resolver.Outcome.NONEXISTENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cluster.local", "svc.cluster.local", "prod.svc.cluster.local"})
    void namesWithNamesBelowThemAreNotDenied(String name) throws Exception {
        assertThat(decode(ask(resolver(), query(name, 1))).code()).isEqualTo(DnsResponseCode.NOERROR);
    }

    @ParameterizedTest
    @ValueSource(strings = {"product", "product.prod", "product.prod.svc", "PRODUCT.Prod.Svc.Cluster.Local"})
    void shortNamesMeanTheWorkloadsNamespaceAndDomain(String name) throws Exception {
        assertThat(addresses(decode(ask(resolver(), query(name, 1))))).containsExactly("10.90.0.7");
    }

    @Test
    void hostOfAServiceEntryIsAnsweredAndItsAddressHintsAreNotLetThrough() throws Exception {
        assertThat(addresses(decode(ask(resolver(), query("api.example.com", 1)))))
                .containsExactly("240.240.0.1");
        DnsResponse https = decode(ask(resolver(), query("api.example.com", 65)));
        assertThat(https.code()).isEqualTo(DnsResponseCode.NOERROR);
        assertThat(https.count(DnsSection.ANSWER)).isZero();
    }

    @Test
    void answerThatIsTooLongForADatagramIsCutAndMarked() throws Exception {
        byte[] query = query("many.prod.svc.cluster.local", 1);

        byte[] classic = ask(resolver(), query);
        byte[] extended = ask(resolver(), extended(query, 4_096));
        byte[] stream = resolver()
                .answer(query, Transport.STREAM)
                .toCompletableFuture()
                .get()
                .orElseThrow();

        assertThat(classic.length).isLessThanOrEqualTo(512).isGreaterThan(480);
        assertThat(decode(classic).isTruncated()).isTrue();
        assertThat(extended.length).isLessThanOrEqualTo(1_232);
        assertThat(decode(extended).isTruncated()).isFalse();
        assertThat(decode(extended).recordAt(DnsSection.ADDITIONAL, 0).type()).isEqualTo(DnsRecordType.OPT);
        assertThat(decode(stream).count(DnsSection.ANSWER)).isEqualTo(60);
    }

    @Test
    void discoveryThatFailsMakesOwnNamesFailRatherThanVanish() throws Exception {
        Forwarder forwarder = new Forwarder(
                group.next(),
                NioDatagramChannel::new,
                NioSocketChannel::new,
                List.of(),
                new Random(3),
                Duration.ofSeconds(1));
        Resolver resolver = new Resolver(
                ResolverSettings.forNamespace("prod"),
                name -> CompletableFuture.failedFuture(new IllegalStateException("no stream")),
                forwarder,
                outcomes::add);

        assertThat(decode(ask(resolver, query("product.prod.svc.cluster.local", 1)))
                        .code())
                .isEqualTo(DnsResponseCode.SERVFAIL);
    }

    @Test
    void otherNamesAreForwardedByteForByteUnderAnotherId() throws Exception {
        AtomicReference<byte[]> seen = new AtomicReference<>();
        try (DatagramSocket upstream = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            Thread server = Thread.ofVirtual().start(() -> respond(upstream, seen, 0));
            byte[] query = extended(query("www.example.org", 15), 1_400);

            byte[] response = ask(
                    resolver(ResolverSettings.forNamespace("prod"), List.of((InetSocketAddress)
                            upstream.getLocalSocketAddress())),
                    query);
            server.join();

            byte[] forwarded = seen.get();
            assertThat(forwarded).hasSize(query.length);
            assertThat(Arrays.copyOfRange(forwarded, 2, forwarded.length))
                    .isEqualTo(Arrays.copyOfRange(query, 2, query.length));
            assertThat(response[0]).isEqualTo((byte) 0x12);
            assertThat(response[1]).isEqualTo((byte) 0x34);
            assertThat(response[2] & 0x80).isEqualTo(0x80);
            assertThat(asked).isEmpty();
            assertThat(outcomes).containsExactly(Resolver.Outcome.FORWARDED);
        }
    }

    /** Sends wrong answers first (another id, another question), which must not count, then the right one. */
    private static void respond(DatagramSocket socket, AtomicReference<byte[]> seen, int code) {
        try {
            socket.setSoTimeout(60_000);
            java.net.DatagramPacket packet = new java.net.DatagramPacket(new byte[2_000], 2_000);
            socket.receive(packet);
            byte[] query = Arrays.copyOf(packet.getData(), packet.getLength());
            seen.set(query);
            byte[] response = query.clone();
            response[2] |= (byte) 0x80;
            response[3] |= (byte) code;
            byte[] wrongId = response.clone();
            wrongId[1] ^= 1;
            wrongId[3] |= 3;
            byte[] wrongQuestion = response.clone();
            wrongQuestion[13] ^= 1;
            wrongQuestion[3] |= 3;
            for (byte[] each : List.of(wrongId, wrongQuestion, response)) {
                socket.send(new java.net.DatagramPacket(each, each.length, packet.getSocketAddress()));
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Test
    void secondResolverIsAskedWhenTheFirstFails() throws Exception {
        AtomicReference<byte[]> first = new AtomicReference<>();
        AtomicReference<byte[]> second = new AtomicReference<>();
        try (DatagramSocket broken = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                DatagramSocket well = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> respond(broken, first, 2));
            Thread.ofVirtual().start(() -> respond(well, second, 0));

            byte[] response = ask(
                    resolver(
                            ResolverSettings.forNamespace("prod"),
                            List.of((InetSocketAddress) broken.getLocalSocketAddress(), (InetSocketAddress)
                                    well.getLocalSocketAddress())),
                    query("www.example.org", 1));

            assertThat(response[3] & 15).isZero();
            assertThat(first.get()).isNotNull();
            assertThat(second.get()).isNotNull();
        }
    }

    @Test
    void questionByStreamIsForwardedByStream() throws Exception {
        try (ServerSocket upstream = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try (Socket socket = upstream.accept()) {
                    var in = new DataInputStream(socket.getInputStream());
                    byte[] query = in.readNBytes(in.readUnsignedShort());
                    query[2] |= (byte) 0x80;
                    var out = new DataOutputStream(socket.getOutputStream());
                    out.writeShort(query.length);
                    out.write(query);
                    out.flush();
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            });
            Resolver resolver = resolver(ResolverSettings.forNamespace("prod"), List.of((InetSocketAddress)
                    upstream.getLocalSocketAddress()));

            byte[] response = resolver.answer(query("www.example.org", 1), Transport.STREAM)
                    .toCompletableFuture()
                    .get(60, TimeUnit.SECONDS)
                    .orElseThrow();

            assertThat(response[0]).isEqualTo((byte) 0x12);
            assertThat(response[3] & 15).isZero();
        }
    }

    @Test
    void silentResolverIsGivenUp() throws Exception {
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            Forwarder forwarder = new Forwarder(
                    group.next(),
                    NioDatagramChannel::new,
                    NioSocketChannel::new,
                    List.of((InetSocketAddress) silent.getLocalSocketAddress()),
                    new Random(3),
                    Duration.ofMillis(50));
            Resolver resolver = new Resolver(
                    ResolverSettings.forNamespace("prod"),
                    name -> CompletableFuture.completedFuture(Optional.empty()),
                    forwarder,
                    outcomes::add);

            assertThat(decode(ask(resolver, query("www.example.org", 1))).code())
                    .isEqualTo(DnsResponseCode.SERVFAIL);
        }
    }

    @Test
    void brokenMessagesAreRefusedOrIgnored() throws Exception {
        Resolver resolver = resolver();
        byte[] good = query("four.prod.svc.cluster.local", 1);
        byte[] response = good.clone();
        response[2] |= (byte) 0x80;
        byte[] update = good.clone();
        update[2] = 5 << 3;
        byte[] compressed = good.clone();
        compressed[12] = (byte) 0xc0;
        byte[] twoQuestions = good.clone();
        twoQuestions[5] = 2;

        assertThat(resolver.answer(new byte[11], Transport.DATAGRAM)
                        .toCompletableFuture()
                        .get())
                .isEmpty();
        assertThat(resolver.answer(response, Transport.DATAGRAM)
                        .toCompletableFuture()
                        .get())
                .isEmpty();
        assertThat(ask(resolver, update)[3] & 15).isEqualTo(Answer.NOT_IMPLEMENTED);
        assertThat(ask(resolver, compressed)[3] & 15).isEqualTo(Answer.FORMAT_ERROR);
        assertThat(ask(resolver, twoQuestions)[3] & 15).isEqualTo(Answer.FORMAT_ERROR);
    }

    @Test
    void noMessageBreaksTheResolver() throws Exception {
        Resolver resolver = resolver();
        Random random = new Random(5);
        byte[] good = extended(query("four.prod.svc.cluster.local", 1), 1_232);
        for (int round = 0; round < 20_000; round++) {
            byte[] message = Arrays.copyOf(good, random.nextInt(good.length + 1));
            for (int change = random.nextInt(4); change > 0 && message.length > 0; change--) {
                message[random.nextInt(message.length)] = (byte) random.nextInt();
            }
            Optional<byte[]> response = resolver.answer(message, Transport.DATAGRAM)
                    .toCompletableFuture()
                    .get(60, TimeUnit.SECONDS);
            response.ifPresent(bytes -> assertThat(bytes.length).isBetween(12, 1_232));
        }
    }

    @Test
    void datagramHandlerAnswersTheSender() {
        EmbeddedChannel channel = new EmbeddedChannel(resolver().datagramHandler());

        channel.writeInbound(
                new DatagramPacket(Unpooled.wrappedBuffer(query("four.prod.svc.cluster.local", 1)), SERVER, CLIENT));

        DatagramPacket packet = channel.readOutbound();
        assertThat(packet.recipient()).isEqualTo(CLIENT);
        assertThat(packet.content().getUnsignedShort(0)).isEqualTo(0x1234);
        packet.release();
    }

    @Test
    void streamHandlerReadsFramesThatComeByteForByte() {
        EmbeddedChannel channel = new EmbeddedChannel(resolver().streamInitializer());
        byte[] query = query("four.prod.svc.cluster.local", 1);
        ByteBuf bytes = Unpooled.buffer()
                .writeShort(query.length)
                .writeBytes(query)
                .writeShort(query.length)
                .writeBytes(query);

        while (bytes.isReadable()) {
            channel.writeInbound(bytes.readRetainedSlice(1));
        }

        ByteBuf sent = Unpooled.buffer();
        for (ByteBuf each = channel.readOutbound(); each != null; each = channel.readOutbound()) {
            sent.writeBytes(each);
            each.release();
        }
        int length = sent.readUnsignedShort();
        assertThat(sent.readableBytes()).isEqualTo(length + 2 + length);
        channel.finishAndReleaseAll();
    }
}
