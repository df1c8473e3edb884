package dev.riser.proxy.net;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Tells protocols from first bytes. Pure: reads the buffer without moving it, keeps nothing, never throws on any input.
 */
public final class Sniffer {
    /** Most bytes looked at: a ClientHello with post-quantum key shares has two to three thousand. */
    public static final int LIMIT = 16 * 1024;

    private static final byte[] HTTP2_PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST_METHOD = 20;

    private Sniffer() {}

    /** What the readable bytes of {@code bytes} begin; {@link Protocol#UNKNOWN} while more are needed. */
    public static Protocol sniff(ByteBuf bytes) {
        int length = bytes.readableBytes();
        if (length == 0) {
            return Protocol.UNKNOWN;
        }
        int start = bytes.readerIndex();
        int first = bytes.getUnsignedByte(start);
        if (first == 0x16) {
            return clientHello(bytes);
        }
        int same = 0;
        while (same < length && same < HTTP2_PREFACE.length && bytes.getByte(start + same) == HTTP2_PREFACE[same]) {
            same++;
        }
        if (same == HTTP2_PREFACE.length) {
            return Protocol.HTTP2;
        }
        if (same == length) {
            return Protocol.UNKNOWN;
        }
        return http1(bytes, start, length);
    }

    /** A method is a token of upper-case letters by custom; its space and a target follow (RFC 9112 section 3). */
    private static Protocol http1(ByteBuf bytes, int start, int length) {
        int i = 0;
        while (i < length && i <= LONGEST_METHOD) {
            byte b = bytes.getByte(start + i);
            if (b >= 'A' && b <= 'Z' || b == '-' || b == '_') {
                i++;
                continue;
            }
            if (b != ' ' || i < 3) {
                return Protocol.OPAQUE;
            }
            if (i + 1 == length) {
                return Protocol.UNKNOWN;
            }
            return target(bytes, start + i + 1, start + length);
        }
        return i > LONGEST_METHOD ? Protocol.OPAQUE : Protocol.UNKNOWN;
    }

    /** The start line must end in a version, else a protocol such as SIP or RTSP would be taken for HTTP. */
    private static Protocol target(ByteBuf bytes, int from, int end) {
        int space = bytes.indexOf(from, end, (byte) ' ');
        int line = bytes.indexOf(from, end, (byte) '\n');
        if (space < 0 || line >= 0 && line < space) {
            return line >= 0 || end - from > LIMIT ? Protocol.OPAQUE : Protocol.UNKNOWN;
        }
        byte[] version = {'H', 'T', 'T', 'P', '/', '1', '.'};
        for (int i = 0; i < version.length; i++) {
            int at = space + 1 + i;
            if (at >= end) {
                return Protocol.UNKNOWN;
            }
            if (bytes.getByte(at) != version[i]) {
                return Protocol.OPAQUE;
            }
        }
        return Protocol.HTTP1;
    }

    /** RFC 8446 section 4.1.2, possibly spread over several records. */
    private static Protocol clientHello(ByteBuf bytes) {
        int start = bytes.readerIndex();
        int end = bytes.writerIndex();
        byte[] message = new byte[Math.min(end - start, LIMIT)];
        int filled = 0;
        int at = start;
        int wanted = 4;
        while (filled < wanted) {
            if (end - at < 5) {
                return end - start >= LIMIT ? Protocol.OPAQUE : shortRecord(bytes, at, end);
            }
            if (bytes.getUnsignedByte(at) != 0x16 || bytes.getUnsignedByte(at + 1) != 3) {
                return Protocol.OPAQUE;
            }
            int record = bytes.getUnsignedShort(at + 3);
            if (record == 0 || record > LIMIT + 256) {
                return Protocol.OPAQUE;
            }
            int here = Math.min(record, end - at - 5);
            int room = Math.min(here, message.length - filled);
            bytes.getBytes(at + 5, message, filled, room);
            filled += room;
            at += 5 + here;
            if (filled >= 1 && message[0] != 1) {
                return Protocol.OPAQUE;
            }
            if (filled >= 4) {
                wanted = 4 + ((message[1] & 0xff) << 16 | (message[2] & 0xff) << 8 | message[3] & 0xff);
                if (wanted > LIMIT) {
                    return Protocol.OPAQUE;
                }
            }
            if (here < record && filled < wanted) {
                return Protocol.UNKNOWN;
            }
        }
        return new Hello(message, wanted).read();
    }

    private static Protocol shortRecord(ByteBuf bytes, int at, int end) {
        return end - at >= 2 && bytes.getUnsignedByte(at + 1) != 3 ? Protocol.OPAQUE : Protocol.UNKNOWN;
    }

    /** A cursor over one whole ClientHello that turns to "opaque" at the first length that does not fit. */
    private static final class Hello {
        private final byte[] bytes;
        private final int end;
        private int at = 4;

        Hello(byte[] bytes, int end) {
            this.bytes = bytes;
            this.end = end;
        }

        Protocol read() {
            at += 2 + 32;
            if (!skip(1) || !skip(2) || !skip(1)) {
                return Protocol.OPAQUE;
            }
            String serverName = "";
            List<String> protocols = new ArrayList<>(4);
            if (at == end) {
                return new Protocol.Tls(serverName, List.of());
            }
            int extensionsEnd = at + 2 + number(at, 2, end);
            at += 2;
            if (extensionsEnd > end) {
                return Protocol.OPAQUE;
            }
            while (at + 4 <= extensionsEnd) {
                int type = number(at, 2, extensionsEnd);
                int length = number(at + 2, 2, extensionsEnd);
                int body = at + 4;
                if (body + length > extensionsEnd) {
                    return Protocol.OPAQUE;
                }
                if (type == 0 && length > 5 && bytes[body + 2] == 0) {
                    int name = number(body + 3, 2, extensionsEnd);
                    if (name <= length - 5) {
                        serverName =
                                new String(bytes, body + 5, name, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
                    }
                } else if (type == 16) {
                    applicationProtocols(body, body + length, protocols);
                }
                at = body + length;
            }
            return new Protocol.Tls(serverName, List.copyOf(protocols));
        }

        private void applicationProtocols(int from, int to, List<String> protocols) {
            int i = from + 2;
            while (i < to) {
                int length = bytes[i] & 0xff;
                if (length == 0 || i + 1 + length > to || protocols.size() == 16) {
                    return;
                }
                protocols.add(new String(bytes, i + 1, length, StandardCharsets.ISO_8859_1));
                i += 1 + length;
            }
        }

        private int number(int from, int size, int limit) {
            if (from + size > limit) {
                return Integer.MAX_VALUE / 2;
            }
            int value = 0;
            for (int i = 0; i < size; i++) {
                value = value << 8 | bytes[from + i] & 0xff;
            }
            return value;
        }

        /** Skips a vector whose length stands in that many bytes. */
        private boolean skip(int lengthBytes) {
            if (at + lengthBytes > end) {
                return false;
            }
            at += lengthBytes + number(at, lengthBytes, end);
            return at <= end;
        }
    }
}
