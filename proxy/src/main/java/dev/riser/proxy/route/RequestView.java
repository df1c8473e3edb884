package dev.riser.proxy.route;

import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * A request head as rules see it. Implemented by the head classes of {@code proxy.http}; called on the event loop that
 * owns the head. Nothing is copied: returned sequences are read before the next change of the head.
 */
public interface RequestView {
    /** The method, as {@code GET}; case matters. */
    CharSequence method();

    /** The value of {@code :authority} or {@code Host}, empty where the request has none. */
    CharSequence authority();

    /** The path with its query, as {@code /a?b=c}. */
    CharSequence path();

    /** {@code http} or {@code https}. */
    CharSequence scheme();

    /**
     * The value of a header.
     *
     * @param lowerCaseName its name in lower case, never a pseudo header
     * @return the value, several values joined by {@code ","} in their order; null where the header is absent
     */
    @Nullable
    CharSequence header(AsciiString lowerCaseName);
}
