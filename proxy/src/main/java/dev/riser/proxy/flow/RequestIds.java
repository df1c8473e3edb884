package dev.riser.proxy.flow;

import io.netty.util.AsciiString;
import java.util.random.RandomGenerator;

/** Makes request ids in the form of a random UUID (RFC 9562 section 5.4). Confined to one event loop. */
final class RequestIds {
    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

    private final RandomGenerator random;

    RequestIds(RandomGenerator random) {
        this.random = random;
    }

    AsciiString next() {
        long high = random.nextLong() & 0xffff_ffff_ffff_0fffL | 0x4000L;
        long low = random.nextLong() & 0x3fff_ffff_ffff_ffffL | 0x8000_0000_0000_0000L;
        byte[] text = new byte[36];
        int at = write(text, 0, high, 60, 32);
        text[at++] = '-';
        at = write(text, at, high, 28, 16);
        text[at++] = '-';
        at = write(text, at, high, 12, 0);
        text[at++] = '-';
        at = write(text, at, low, 60, 48);
        text[at++] = '-';
        write(text, at, low, 44, 0);
        return new AsciiString(text, false);
    }

    /** Writes the nibbles from bit {@code from} down to bit {@code to}. */
    private static int write(byte[] text, int at, long bits, int from, int to) {
        int index = at;
        for (int shift = from; shift >= to; shift -= 4) {
            text[index++] = HEX[(int) (bits >>> shift) & 0xf];
        }
        return index;
    }
}
