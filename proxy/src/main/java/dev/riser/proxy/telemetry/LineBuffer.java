package dev.riser.proxy.telemetry;

import java.util.Arrays;

/**
 * Bytes of one access log line, in UTF-8. Text that comes from a request is escaped, so that no client can begin a line or
 * end a quotation: in text as {@code \xNN} (nginx's way), in JSON as JSON demands.
 */
final class LineBuffer {
    /** How values are escaped. */
    enum Escaping {
        TEXT,
        JSON
    }

    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'};

    private byte[] bytes = new byte[512];
    private int length;
    private Escaping escaping = Escaping.TEXT;

    void begin(Escaping lineEscaping) {
        length = 0;
        escaping = lineEscaping;
    }

    byte[] array() {
        return bytes;
    }

    int length() {
        return length;
    }

    void cutTo(int newLength) {
        length = newLength;
    }

    void raw(byte[] literal) {
        room(literal.length);
        System.arraycopy(literal, 0, bytes, length, literal.length);
        length += literal.length;
    }

    void raw(char ascii) {
        room(1);
        bytes[length++] = (byte) ascii;
    }

    void number(long value) {
        if (value == Long.MIN_VALUE) {
            value("-9223372036854775808", Integer.MAX_VALUE);
            return;
        }
        room(20);
        long rest = value;
        if (rest < 0) {
            bytes[length++] = '-';
            rest = -rest;
        }
        int digits = 1;
        for (long bound = rest; bound >= 10; bound /= 10) {
            digits++;
        }
        digits(rest, digits);
    }

    /** Exactly so many digits, with leading zeros. */
    void digits(long value, int digits) {
        room(digits);
        long rest = value;
        for (int index = length + digits - 1; index >= length; index--) {
            bytes[index] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
    }

    /** Text from outside, escaped; at most so many characters of it. */
    void value(CharSequence text, int limit) {
        int count = Math.min(text.length(), limit);
        for (int index = 0; index < count; index++) {
            char each = text.charAt(index);
            if (each >= 0x20 && each < 0x7f && each != '"' && each != '\\') {
                raw(each);
            } else if (each < 0x80) {
                escape(each);
            } else if (Character.isHighSurrogate(each)
                    && index + 1 < count
                    && Character.isLowSurrogate(text.charAt(index + 1))) {
                codePoint(Character.toCodePoint(each, text.charAt(++index)));
            } else if (Character.isSurrogate(each)) {
                codePoint(0xfffd);
            } else if (each < 0xa0) {
                escape(each);
            } else {
                codePoint(each);
            }
        }
    }

    private void escape(char each) {
        room(6);
        bytes[length++] = '\\';
        switch (escaping) {
            case TEXT -> {
                bytes[length++] = 'x';
                bytes[length++] = HEX[each >> 4 & 15];
                bytes[length++] = HEX[each & 15];
            }
            case JSON -> {
                if (each == '"' || each == '\\') {
                    bytes[length++] = (byte) each;
                } else {
                    bytes[length++] = 'u';
                    bytes[length++] = '0';
                    bytes[length++] = '0';
                    bytes[length++] = HEX[each >> 4 & 15];
                    bytes[length++] = HEX[each & 15];
                }
            }
        }
    }

    private void codePoint(int point) {
        room(4);
        if (point < 0x800) {
            bytes[length++] = (byte) (0xc0 | point >> 6);
        } else {
            if (point < 0x10000) {
                bytes[length++] = (byte) (0xe0 | point >> 12);
            } else {
                bytes[length++] = (byte) (0xf0 | point >> 18);
                bytes[length++] = (byte) (0x80 | point >> 12 & 0x3f);
            }
            bytes[length++] = (byte) (0x80 | point >> 6 & 0x3f);
        }
        bytes[length++] = (byte) (0x80 | point & 0x3f);
    }

    private void room(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
