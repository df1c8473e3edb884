package dev.riser.proxy.route;

import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/** The headers of one message head, as header changes see them. Names are lower case. Owned by one event loop. */
public interface HeaderEditor {
    /** The value, several values joined by {@code ","}; null where absent. */
    @Nullable
    CharSequence get(AsciiString lowerCaseName);

    /** Whether the header is there, with whatever value. */
    boolean contains(AsciiString lowerCaseName);

    /** Replaces all values of the header by this one. */
    void set(AsciiString lowerCaseName, CharSequence value);

    /** Adds one value behind those that are there. */
    void add(AsciiString lowerCaseName, CharSequence value);

    /** Removes all values; does nothing where the header is absent. */
    void remove(AsciiString lowerCaseName);
}
