package dev.riser.proxy.http;

import dev.riser.proxy.route.HeaderEditor;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Header fields in wire order as one flat array of name and value pairs. Names are lower case. Messages have some ten to
 * thirty fields, for which a scan is cheaper than hashing and needs no objects. Confined to the event loop of its stream.
 */
public final class HeaderBlock implements HeaderEditor {
    private AsciiString[] pairs;
    private int length;

    public HeaderBlock() {
        this(16);
    }

    /** Room for that many fields without growing. */
    public HeaderBlock(int fields) {
        pairs = new AsciiString[fields * 2];
    }

    /** Fields of an HTTP/1 message, names lower-cased, order kept. */
    public static HeaderBlock of(HttpHeaders headers) {
        HeaderBlock block = new HeaderBlock(headers.size() + 6);
        for (var entries = headers.iteratorCharSequence(); entries.hasNext(); ) {
            Map.Entry<CharSequence, CharSequence> entry = entries.next();
            block.append(AsciiString.of(entry.getKey()).toLowerCase(), AsciiString.of(entry.getValue()));
        }
        return block;
    }

    /** Fields of an HTTP/2 message without its pseudo-header fields. */
    public static HeaderBlock of(Http2Headers headers) {
        HeaderBlock block = new HeaderBlock(headers.size() + 6);
        for (Map.Entry<CharSequence, CharSequence> entry : headers) {
            CharSequence name = entry.getKey();
            if (name.length() > 0 && name.charAt(0) != ':') {
                block.append(AsciiString.of(name), AsciiString.of(entry.getValue()));
            }
        }
        return block;
    }

    /** Number of fields. */
    public int size() {
        return length / 2;
    }

    public AsciiString name(int index) {
        return pairs[index * 2];
    }

    public AsciiString value(int index) {
        return pairs[index * 2 + 1];
    }

    /** Name and value pairs in an array of exactly their number, as Netty's read-only HTTP/2 headers take them. */
    public AsciiString[] toPairs() {
        return Arrays.copyOf(pairs, length);
    }

    /** Adds at the end without looking for an earlier field of that name. */
    public void append(AsciiString name, AsciiString value) {
        if (length == pairs.length) {
            pairs = Arrays.copyOf(pairs, Math.max(16, length * 2));
        }
        pairs[length++] = name;
        pairs[length++] = value;
    }

    /** Value of the first field of that name, null for none. */
    public @Nullable AsciiString first(AsciiString name) {
        for (int i = 0; i < length; i += 2) {
            if (pairs[i].equals(name)) {
                return pairs[i + 1];
            }
        }
        return null;
    }

    /** Number of fields of that name. */
    public int count(AsciiString name) {
        int count = 0;
        for (int i = 0; i < length; i += 2) {
            if (pairs[i].equals(name)) {
                count++;
            }
        }
        return count;
    }

    /** All values of that name joined by a comma (RFC 9110 section 5.3), null for none. */
    @Override
    public @Nullable CharSequence get(AsciiString name) {
        AsciiString found = null;
        StringBuilder joined = null;
        for (int i = 0; i < length; i += 2) {
            if (!pairs[i].equals(name)) {
                continue;
            }
            if (found == null) {
                found = pairs[i + 1];
            } else {
                if (joined == null) {
                    joined = new StringBuilder(found);
                }
                joined.append(',').append(pairs[i + 1]);
            }
        }
        return joined == null ? found : joined;
    }

    @Override
    public boolean contains(AsciiString name) {
        return first(name) != null;
    }

    @Override
    public void add(AsciiString name, CharSequence value) {
        append(name, AsciiString.of(value));
    }

    @Override
    public void set(AsciiString name, CharSequence value) {
        AsciiString text = AsciiString.of(value);
        for (int i = 0; i < length; i += 2) {
            if (pairs[i].equals(name)) {
                pairs[i + 1] = text;
                removeFrom(i + 2, name);
                return;
            }
        }
        append(name, text);
    }

    @Override
    public void remove(AsciiString name) {
        removeFrom(0, name);
    }

    private void removeFrom(int start, AsciiString name) {
        int kept = start;
        for (int i = start; i < length; i += 2) {
            if (!pairs[i].equals(name)) {
                pairs[kept] = pairs[i];
                pairs[kept + 1] = pairs[i + 1];
                kept += 2;
            }
        }
        length = kept;
    }

    /** A copy that can be changed without changing this one. */
    public HeaderBlock copy() {
        HeaderBlock copy = new HeaderBlock(0);
        copy.pairs = Arrays.copyOf(pairs, Math.max(length + 12, 16));
        copy.length = length;
        return copy;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i += 2) {
            text.append(pairs[i]).append(": ").append(pairs[i + 1]).append('\n');
        }
        return text.toString();
    }
}
