package dev.riser.proxy.dns;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A query, read as far as a resolver needs. Reading never looks beyond the message and takes time linear in its length.
 *
 * @param message the whole message
 * @param name lower case, without the trailing dot; empty where it is the root or no host name
 * @param type A is 1, AAAA 28
 * @param questionClass IN is 1
 * @param questionEnd where the question section ends
 * @param extended whether the query carries an OPT record, and so may be answered with one
 * @param mostBytes what the client takes in one datagram
 */
record Question(
        byte[] message,
        Optional<String> name,
        int type,
        int questionClass,
        int questionEnd,
        boolean extended,
        int mostBytes) {

    static final int HEADER = 12;
    static final int TYPE_A = 1;
    static final int TYPE_AAAA = 28;
    static final int TYPE_OPT = 41;
    static final int TYPE_SVCB = 64;
    static final int TYPE_HTTPS = 65;
    static final int TYPE_ANY = 255;
    static final int CLASS_IN = 1;
    private static final int CLASSIC_LIMIT = 512;

    /** What fits every path's MTU with IPv6 (DNS flag day 2020). */
    static final int EXTENDED_LIMIT = 1232;

    /** What a message turned out to be. */
    sealed interface Reading {
        /** A query to answer. */
        record Query(Question question) implements Reading {}

        /** A message to answer with an error code. */
        record Broken(int code) implements Reading {}

        /** Nothing to answer: too short, or a response. */
        record Noise() implements Reading {}
    }

    static Reading read(byte[] message) {
        if (message.length < HEADER || (message[2] & 0x80) != 0) {
            return new Reading.Noise();
        }
        if ((message[2] >> 3 & 15) != 0) {
            return new Reading.Broken(Answer.NOT_IMPLEMENTED);
        }
        if (unsigned16(message, 4) != 1 || unsigned16(message, 6) != 0 || unsigned16(message, 8) != 0) {
            return new Reading.Broken(Answer.FORMAT_ERROR);
        }
        int end = HEADER;
        StringBuilder name = new StringBuilder();
        boolean hostName = true;
        while (true) {
            if (end >= message.length) {
                return new Reading.Broken(Answer.FORMAT_ERROR);
            }
            int length = message[end] & 0xff;
            if (length == 0) {
                end++;
                break;
            }
            // Lengths above 63 are compression, which has nothing to point to in a first name; 255 is the longest name.
            if (length > 63 || end + 1 + length >= message.length || end + 1 + length - HEADER >= 255) {
                return new Reading.Broken(Answer.FORMAT_ERROR);
            }
            if (!name.isEmpty()) {
                name.append('.');
            }
            for (int index = end + 1; index <= end + length; index++) {
                int letter = lower(message[index]);
                hostName &= letter >= 'a' && letter <= 'z'
                        || letter >= '0' && letter <= '9'
                        || letter == '-'
                        || letter == '_';
                name.append((char) (letter & 0xff));
            }
            end += 1 + length;
        }
        if (end + 4 > message.length) {
            return new Reading.Broken(Answer.FORMAT_ERROR);
        }
        int type = unsigned16(message, end);
        int questionClass = unsigned16(message, end + 2);
        end += 4;
        boolean extended = unsigned16(message, 10) > 0
                && message.length >= end + 11
                && message[end] == 0
                && unsigned16(message, end + 1) == TYPE_OPT;
        int most = extended ? Math.clamp(unsigned16(message, end + 3), CLASSIC_LIMIT, EXTENDED_LIMIT) : CLASSIC_LIMIT;
        return new Reading.Query(new Question(
                message,
                hostName && !name.isEmpty() ? Optional.of(name.toString()) : Optional.empty(),
                type,
                questionClass,
                end,
                extended,
                most));
    }

    int id() {
        return unsigned16(message, 0);
    }

    /** Whether a response's question is this one; letters' case does not matter. */
    boolean askedIn(byte[] response) {
        if (response.length < questionEnd || unsigned16(response, 4) != 1) {
            return false;
        }
        for (int index = HEADER; index < questionEnd; index++) {
            if (lower(response[index]) != lower(message[index])) {
                return false;
            }
        }
        return true;
    }

    static int unsigned16(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }

    private static int lower(byte letter) {
        return letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter;
    }

    static byte[] encodeName(String name) {
        byte[] text = name.getBytes(StandardCharsets.US_ASCII);
        byte[] encoded = new byte[text.length + 2];
        int lengthAt = 0;
        for (int index = 0; index <= text.length; index++) {
            if (index == text.length || text[index] == '.') {
                encoded[lengthAt] = (byte) (index - lengthAt);
                lengthAt = index + 1;
            } else {
                encoded[index + 1] = text[index];
            }
        }
        return encoded;
    }
}
