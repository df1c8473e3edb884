package dev.riser.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.base.FailureReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A client's and a server's connection joined in memory. */
class Http2ConnectionTest {
    private final List<String> server = new ArrayList<>();
    private final List<String> client = new ArrayList<>();
    private final EmbeddedChannel serverChannel = new EmbeddedChannel();
    private final EmbeddedChannel clientChannel = new EmbeddedChannel();
    private @Nullable ServerStream incoming;

    @Test
    void carriesHeadBodyAndTrailersBothWays() {
        Http2Connection connection = connect();

        ClientStream stream = connection.open(new ClientNotes());
        stream.request(request("POST"), false);
        stream.data(text("hello"), true);
        pump();
        ServerStream served = java.util.Objects.requireNonNull(incoming);
        HeaderBlock headers = new HeaderBlock();
        headers.append(AsciiString.of("x-a"), AsciiString.of("1"));
        served.respond(new ResponseHead(200, headers), false);
        served.data(text("world"), false);
        HeaderBlock trailers = new HeaderBlock();
        trailers.append(HeaderNames.GRPC_STATUS, AsciiString.of("0"));
        served.trailers(trailers);
        pump();

        assertThat(server).containsExactly("POST shop /x", "data hello end");
        assertThat(client).containsExactly("200 x-a: 1", "data world", "trailers grpc-status: 0");
    }

    /** A drain that closes past the handler cuts the stream: certificates that rotate under load lost requests so. */
    @Test
    void drainingLetsTheStreamsUnderWayEnd() {
        Http2Connection connection = connect();
        connection.open(new ClientNotes()).request(request("GET"), true);
        pump();

        connection.drain();
        pump();
        java.util.Objects.requireNonNull(incoming).respond(new ResponseHead(204, new HeaderBlock()), true);
        pump();

        assertThat(client).containsExactly("204 end");
        assertThat(connection.hasRoom()).isFalse();
        assertThat(clientChannel.isOpen()).isFalse();
    }

    @Test
    void aResetOfTheServerReachesTheClient() {
        Http2Connection connection = connect();
        connection.open(new ClientNotes()).request(request("GET"), true);
        pump();

        java.util.Objects.requireNonNull(incoming).reset();
        pump();

        assertThat(client).containsExactly("reset UPSTREAM_RESET processed");
    }

    /** A reader that stops holds its sender at a window; without that a slow client would fill the proxy's memory. */
    @Test
    void aPausedReaderHoldsItsSenderAtTheWindow() {
        Http2Connection connection = connect();
        ClientStream stream = connection.open(new ClientNotes());
        stream.request(request("GET"), true);
        pump();
        ServerStream served = java.util.Objects.requireNonNull(incoming);
        served.respond(new ResponseHead(200, new HeaderBlock()), false);
        stream.readable(false);
        int sent = 0;
        while (served.writable() && sent < 10 * HttpLimits.DEFAULT.streamWindow()) {
            served.data(Unpooled.wrappedBuffer(new byte[16 * 1024]), false);
            sent += 16 * 1024;
            pump();
        }

        assertThat(sent).isBetween(HttpLimits.DEFAULT.streamWindow(), HttpLimits.DEFAULT.streamWindow() + 32 * 1024);
        stream.readable(true);
        pump();
        assertThat(served.writable()).isTrue();
    }

    private Http2Connection connect() {
        serverChannel
                .pipeline()
                .addLast(Http2Connection.server(
                        new RequestHandler() {
                            @Override
                            public void onRequest(ServerStream stream, RequestHead head, boolean end) {
                                incoming = stream;
                                server.add(head.method() + " " + head.authority() + " " + head.path());
                                stream.listener(new ServerNotes());
                            }

                            @Override
                            public void onRefused(int status, String why) {
                                server.add("refused " + why);
                            }
                        },
                        HttpLimits.DEFAULT));
        Http2Connection connection = Http2Connection.client(
                new Http2Connection.Owner() {
                    @Override
                    public void onStreamEnded(Http2Connection ended) {}

                    @Override
                    public void onGoingAway(Http2Connection leaving) {}

                    @Override
                    public void onClosed(Http2Connection closed) {}
                },
                HttpLimits.DEFAULT);
        clientChannel.pipeline().addLast(connection);
        pump();
        return connection;
    }

    private void pump() {
        boolean moved = true;
        while (moved) {
            clientChannel.runPendingTasks();
            serverChannel.runPendingTasks();
            moved = move(clientChannel, serverChannel) | move(serverChannel, clientChannel);
        }
    }

    private static boolean move(EmbeddedChannel from, EmbeddedChannel to) {
        boolean moved = false;
        ByteBuf bytes;
        while ((bytes = from.readOutbound()) != null) {
            moved = true;
            if (to.isOpen()) {
                to.writeInbound(bytes);
            } else {
                bytes.release();
            }
        }
        return moved;
    }

    private static RequestHead request(String method) {
        return new RequestHead(
                AsciiString.of(method),
                AsciiString.of("http"),
                AsciiString.of("shop"),
                AsciiString.of("/x"),
                new HeaderBlock(),
                HttpVersion.HTTP_2);
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private static String read(ByteBuf data, boolean end) {
        String text = data.readableBytes() > 100 ? "much" : data.toString(StandardCharsets.US_ASCII);
        data.release();
        return "data " + text + (end ? " end" : "");
    }

    private final class ServerNotes implements ServerStreamListener {
        @Override
        public void onData(ByteBuf data, boolean end) {
            server.add(read(data, end));
        }

        @Override
        public void onTrailers(HeaderBlock trailers) {
            server.add("trailers " + trailers.toString().trim());
        }

        @Override
        public void onReset() {
            server.add("reset");
        }

        @Override
        public void onWritable() {}
    }

    private final class ClientNotes implements ClientStreamListener {
        @Override
        public void onResponse(ResponseHead head, boolean end) {
            client.add((head.status() + " " + head.headers().toString().trim()).trim() + (end ? " end" : ""));
        }

        @Override
        public void onData(ByteBuf data, boolean end) {
            client.add(read(data, end));
        }

        @Override
        public void onTrailers(HeaderBlock trailers) {
            client.add("trailers " + trailers.toString().trim());
        }

        @Override
        public void onReset(FailureReason reason, boolean unprocessed, String detail) {
            client.add("reset " + reason + (unprocessed ? " unprocessed" : " processed"));
        }

        @Override
        public void onWritable() {}
    }
}
