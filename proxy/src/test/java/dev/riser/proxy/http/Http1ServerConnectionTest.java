package dev.riser.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Http1ServerConnectionTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
                "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
                "GET / HTTP/1.32\r\nHost: a\r\n\r\n",
                "GET example HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
            })
    void refusesWhatCanBeReadInTwoWaysAndCloses(String request) {
        Requests requests = new Requests();
        EmbeddedChannel channel = open(requests);

        write(channel, request);

        assertThat(requests.heads).isEmpty();
        assertThat(written(channel)).startsWith("HTTP/1.1 400 ");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void readsTheSameRequestWhetherItComesAtOnceOrByteByByte() {
        String request = "POST /x?y=1 HTTP/1.1\r\nHost: Shop\r\nX-A: 1\r\nContent-Length: 5\r\n\r\nhello";
        Requests whole = new Requests();
        write(open(whole), request);
        Requests pieces = new Requests();
        EmbeddedChannel channel = open(pieces);
        for (int i = 0; i < request.length(); i++) {
            write(channel, request.substring(i, i + 1));
        }

        assertThat(pieces.heads).isEqualTo(whole.heads).containsExactly("POST Shop /x?y=1");
        assertThat(pieces.body.toString()).isEqualTo(whole.body.toString()).isEqualTo("hello");
    }

    @Test
    void answersPipelinedRequestsInTheirOrder() {
        Requests requests = new Requests();
        requests.answers = true;
        EmbeddedChannel channel = open(requests);

        write(channel, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");

        assertThat(requests.heads).containsExactly("GET a /1", "GET a /2");
        assertThat(written(channel).split("HTTP/1.1 200", -1)).hasSize(3);
    }

    @Test
    void keepsReadingAfterARequestWithoutBodyAndStopsWhenAnotherWaits() {
        EmbeddedChannel channel = open(new Requests());

        write(channel, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
        boolean readsOn = channel.config().isAutoRead();
        write(channel, "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");

        assertThat(readsOn).isTrue();
        assertThat(channel.config().isAutoRead()).isFalse();
    }

    @Test
    void keepsTheEndOfAChunkedRequestThatWaits() {
        Requests requests = new Requests();
        EmbeddedChannel channel = open(requests);
        write(channel, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
        write(channel, "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
        ServerStream first = java.util.Objects.requireNonNull(requests.stream);

        first.respond(new ResponseHead(204, new HeaderBlock()), true);
        java.util.Objects.requireNonNull(requests.stream).respond(new ResponseHead(204, new HeaderBlock()), true);

        assertThat(requests.heads).containsExactly("GET a /1", "POST a /2");
        assertThat(requests.body.toString()).isEqualTo("abc");
        assertThat(channel.config().isAutoRead()).isTrue();
    }

    @Test
    void takesTheAuthorityOfAnAbsoluteTarget() {
        Requests requests = new Requests();

        write(open(requests), "GET http://other.example/a HTTP/1.1\r\nHost: a\r\n\r\n");

        assertThat(requests.heads).containsExactly("GET other.example /a");
    }

    @Test
    void endsAnHttp10ResponseOfUnknownLengthByClosing() {
        Requests requests = new Requests();
        EmbeddedChannel channel = open(requests);
        write(channel, "GET / HTTP/1.0\r\nHost: a\r\n\r\n");

        java.util.Objects.requireNonNull(requests.stream).respond(new ResponseHead(200, new HeaderBlock()), false);
        java.util.Objects.requireNonNull(requests.stream)
                .data(Unpooled.copiedBuffer("body", StandardCharsets.US_ASCII), true);

        assertThat(written(channel))
                .contains("connection: close")
                .doesNotContain("chunked")
                .endsWith("\r\n\r\nbody");
        assertThat(channel.isOpen()).isFalse();
    }

    private static EmbeddedChannel open(Requests requests) {
        EmbeddedChannel channel = new EmbeddedChannel();
        Http1ServerConnection.install(channel.pipeline(), requests, HttpLimits.DEFAULT, AsciiString.cached("http"));
        return channel;
    }

    private static void write(EmbeddedChannel channel, String text) {
        if (channel.isOpen()) {
            channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
        }
    }

    private static String written(EmbeddedChannel channel) {
        StringBuilder text = new StringBuilder();
        ByteBuf buffer;
        while ((buffer = channel.readOutbound()) != null) {
            text.append(buffer.toString(StandardCharsets.ISO_8859_1));
            buffer.release();
        }
        return text.toString();
    }

    /** Notes requests; answers them at once where told to. */
    private static final class Requests implements RequestHandler {
        private final List<String> heads = new ArrayList<>();
        private final StringBuilder body = new StringBuilder();
        private boolean answers;
        private @org.jspecify.annotations.Nullable ServerStream stream;

        @Override
        public void onRequest(ServerStream opened, RequestHead head, boolean end) {
            stream = opened;
            heads.add(head.method() + " " + head.authority() + " " + head.path());
            opened.listener(new ServerStreamListener() {
                @Override
                public void onData(ByteBuf data, boolean last) {
                    body.append(data.toString(StandardCharsets.ISO_8859_1));
                    data.release();
                }

                @Override
                public void onTrailers(HeaderBlock trailers) {}

                @Override
                public void onReset() {}

                @Override
                public void onWritable() {}
            });
            if (answers) {
                opened.respond(new ResponseHead(200, new HeaderBlock()), true);
            }
        }

        @Override
        public void onRefused(int status, String why) {}
    }
}
