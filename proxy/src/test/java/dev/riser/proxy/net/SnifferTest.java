package dev.riser.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;

class SnifferTest {
    @Test
    void tellsHttp1FromItsStartLine() {
        assertThat(sniff("GET / HTTP/1.1\r\n")).isEqualTo(Protocol.HTTP1);
        assertThat(sniff("M-SEARCH * HTTP/1.1\r\n")).isEqualTo(Protocol.HTTP1);
        assertThat(sniff("GET / HTTP/1.0\r\n")).isEqualTo(Protocol.HTTP1);
    }

    @Test
    void tellsHttp2FromItsWholePrefaceOnly() {
        assertThat(sniff("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).isEqualTo(Protocol.HTTP2);
        assertThat(sniff("PRI * HTTP/2.0\r\n")).isEqualTo(Protocol.UNKNOWN);
    }

    @Test
    void takesProtocolsThatOnlyLookLikeHttpAsOpaque() {
        assertThat(sniff("OPTIONS rtsp://a RTSP/1.0\r\n")).isEqualTo(Protocol.OPAQUE);
        assertThat(sniff("EHLO mail\r\n")).isEqualTo(Protocol.OPAQUE);
        assertThat(sniff("*1\r\n$4\r\nPING\r\n")).isEqualTo(Protocol.OPAQUE);
        assertThat(sniff("\0\0\0\10\4\322\26\57")).isEqualTo(Protocol.OPAQUE);
    }

    @Test
    void asksForMoreWhileBytesCouldStillBecomeAnything() {
        for (String start : new String[] {"G", "GET", "GET ", "GET /x", "GET /x HT", "PRI", "P"}) {
            assertThat(sniff(start)).as(start).isEqualTo(Protocol.UNKNOWN);
        }
        assertThat(Sniffer.sniff(Unpooled.EMPTY_BUFFER)).isEqualTo(Protocol.UNKNOWN);
    }

    @Test
    void readsNameAndProtocolsOfAClientHelloThatComesInAnyPieces() throws Exception {
        byte[] hello = clientHello();

        assertThat(Sniffer.sniff(Unpooled.wrappedBuffer(hello))).isInstanceOfSatisfying(Protocol.Tls.class, tls -> {
            assertThat(tls.serverName()).isEqualTo("shop.example");
            assertThat(tls.applicationProtocols()).containsExactly("h2", "http/1.1");
        });
        for (int length = 1; length < hello.length; length++) {
            assertThat(Sniffer.sniff(Unpooled.wrappedBuffer(hello, 0, length)))
                    .as("first %d bytes", length)
                    .isEqualTo(Protocol.UNKNOWN);
        }
    }

    @Test
    void neverThrowsWhateverTheBytesAre() throws Exception {
        Random random = new Random(7);
        byte[] hello = clientHello();
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = hello.clone();
            for (int i = 0; i < 4; i++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            ByteBuf buffer = Unpooled.wrappedBuffer(bytes, 0, 1 + random.nextInt(bytes.length));
            int readerIndex = buffer.readerIndex();
            assertThat(Sniffer.sniff(buffer)).isNotNull();
            assertThat(buffer.readerIndex()).isEqualTo(readerIndex);
        }
    }

    private static byte[] clientHello() throws Exception {
        SSLContext context = SSLContext.getDefault();
        SSLEngine engine = context.createSSLEngine("shop.example", 443);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        engine.setSSLParameters(parameters);
        java.nio.ByteBuffer out = java.nio.ByteBuffer.allocate(32 * 1024);
        engine.wrap(java.nio.ByteBuffer.allocate(0), out);
        out.flip();
        byte[] bytes = new byte[out.remaining()];
        out.get(bytes);
        return bytes;
    }

    private static Protocol sniff(String text) {
        return Sniffer.sniff(Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1)));
    }
}
