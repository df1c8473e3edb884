package dev.riser.identity;

import java.io.ByteArrayOutputStream;

/** Writes the few ASN.1 DER forms (X.690) that a certificate request consists of. Nothing here reads DER. */
final class Der {
    private static final int BOOLEAN = 0x01;
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int OCTET_STRING = 0x04;
    private static final int OBJECT_IDENTIFIER = 0x06;
    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final int CONTEXT = 0x80;
    private static final int CONSTRUCTED = 0x20;

    private Der() {}

    static byte[] sequence(byte[]... parts) {
        return element(SEQUENCE, parts);
    }

    static byte[] set(byte[] only) {
        return element(SET, only);
    }

    static byte[] contextPrimitive(int number, byte[] content) {
        return element(CONTEXT | number, content);
    }

    static byte[] contextConstructed(int number, byte[] content) {
        return element(CONTEXT | CONSTRUCTED | number, content);
    }

    static byte[] octetString(byte[] content) {
        return element(OCTET_STRING, content);
    }

    static byte[] bitString(byte[] content) {
        return element(BIT_STRING, new byte[] {0}, content);
    }

    static byte[] booleanTrue() {
        return element(BOOLEAN, new byte[] {(byte) 0xff});
    }

    /** An integer from 0 to 127. */
    static byte[] smallInteger(int value) {
        return element(INTEGER, new byte[] {(byte) value});
    }

    /** An object identifier from its dotted text. */
    static byte[] objectIdentifier(String dotted) {
        String[] arcs = dotted.split("\\.", -1);
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        writeArc(content, Integer.parseInt(arcs[0]) * 40 + Integer.parseInt(arcs[1]));
        for (int index = 2; index < arcs.length; index++) {
            writeArc(content, Integer.parseInt(arcs[index]));
        }
        return element(OBJECT_IDENTIFIER, content.toByteArray());
    }

    private static void writeArc(ByteArrayOutputStream content, int arc) {
        int groups = Math.max(1, (Integer.SIZE - Integer.numberOfLeadingZeros(arc) + 6) / 7);
        for (int group = groups - 1; group > 0; group--) {
            content.write(0x80 | (arc >>> (7 * group)) & 0x7f);
        }
        content.write(arc & 0x7f);
    }

    private static byte[] element(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        ByteArrayOutputStream element = new ByteArrayOutputStream(length + 6);
        element.write(tag);
        if (length < 0x80) {
            element.write(length);
        } else {
            int octets = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
            element.write(0x80 | octets);
            for (int octet = octets - 1; octet >= 0; octet--) {
                element.write(length >>> (8 * octet));
            }
        }
        for (byte[] part : parts) {
            element.writeBytes(part);
        }
        return element.toByteArray();
    }
}
