package dev.riser.proxy.dns;

import java.io.ByteArrayOutputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;

/** Writes responses. */
final class Answer {
    static final int NO_ERROR = 0;
    static final int FORMAT_ERROR = 1;
    static final int SERVER_FAILURE = 2;
    static final int NAME_ERROR = 3;
    static final int NOT_IMPLEMENTED = 4;

    private static final int RESPONSE = 0x8000;
    private static final int AUTHORITATIVE = 0x0400;
    private static final int TRUNCATED = 0x0200;
    private static final int RECURSION_DESIRED = 0x0100;
    private static final int RECURSION_AVAILABLE = 0x0080;
    private static final int TYPE_SOA = 6;

    /** Points to the name in the question. */
    private static final int QUESTION_NAME = 0xc000 | Question.HEADER;

    private Answer() {}

    /** An error for a message whose question could not be read: its header alone. */
    static byte[] broken(byte[] message, int code) {
        byte[] response = new byte[Question.HEADER];
        response[0] = message[0];
        response[1] = message[1];
        int flags = RESPONSE | Question.unsigned16(message, 2) & (0x7800 | RECURSION_DESIRED) | code;
        response[2] = (byte) (flags >> 8);
        response[3] = (byte) flags;
        return response;
    }

    /** An error without records. */
    static byte[] failure(Question question, int code) {
        Writer out = new Writer(question, code, 0);
        return out.finish(0, 0);
    }

    /** Addresses; those that do not fit are left out and the message is marked as truncated. */
    static byte[] addresses(Question question, List<InetAddress> addresses, int seconds, int mostBytes) {
        Writer out = new Writer(question, NO_ERROR, AUTHORITATIVE);
        int room = mostBytes - (question.extended() ? 11 : 0);
        int count = 0;
        boolean truncated = false;
        for (InetAddress address : addresses) {
            byte[] bytes = address.getAddress();
            if (out.size() + 12 + bytes.length > room) {
                truncated = true;
                break;
            }
            out.two(QUESTION_NAME);
            out.two(address instanceof Inet4Address ? Question.TYPE_A : Question.TYPE_AAAA);
            out.two(Question.CLASS_IN);
            out.four(seconds);
            out.two(bytes.length);
            out.bytes(bytes);
            count++;
        }
        byte[] message = out.finish(count, 0);
        if (truncated) {
            message[2] |= TRUNCATED >> 8;
        }
        return message;
    }

    /**
     * No such name, or no such records of the name, with the zone's SOA, so that resolvers know how long to remember it.
     *
     * @param zone the zone's name; empty where the name itself stands for it
     */
    static byte[] nothing(Question question, int code, String zone, int seconds) {
        Writer out = new Writer(question, code, AUTHORITATIVE);
        if (zone.isEmpty()) {
            out.two(QUESTION_NAME);
        } else {
            out.bytes(Question.encodeName(zone));
        }
        out.two(TYPE_SOA);
        out.two(Question.CLASS_IN);
        out.four(seconds);
        byte[] server = Question.encodeName(zone.isEmpty() ? "riser.invalid" : "ns.dns." + zone);
        byte[] mailbox = Question.encodeName(zone.isEmpty() ? "hostmaster.riser.invalid" : "hostmaster." + zone);
        out.two(server.length + mailbox.length + 20);
        out.bytes(server);
        out.bytes(mailbox);
        out.four(1);
        out.four(7_200);
        out.four(1_800);
        out.four(86_400);
        out.four(seconds);
        return out.finish(0, 1);
    }

    private static final class Writer {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
        private final boolean extended;

        Writer(Question question, int code, int flags) {
            byte[] asked = question.message();
            extended = question.extended();
            bytes.write(asked, 0, 2);
            two(RESPONSE | RECURSION_AVAILABLE | flags | Question.unsigned16(asked, 2) & RECURSION_DESIRED | code);
            two(1);
            two(0);
            two(0);
            two(extended ? 1 : 0);
            bytes.write(asked, Question.HEADER, question.questionEnd() - Question.HEADER);
        }

        void two(int value) {
            bytes.write(value >> 8);
            bytes.write(value);
        }

        void four(int value) {
            two(value >>> 16);
            two(value);
        }

        void bytes(byte[] more) {
            bytes.writeBytes(more);
        }

        int size() {
            return bytes.size();
        }

        byte[] finish(int answers, int authorities) {
            if (extended) {
                bytes.write(0);
                two(Question.TYPE_OPT);
                two(Question.EXTENDED_LIMIT);
                four(0);
                two(0);
            }
            byte[] message = bytes.toByteArray();
            message[6] = (byte) (answers >> 8);
            message[7] = (byte) answers;
            message[9] = (byte) authorities;
            return message;
        }
    }
}
