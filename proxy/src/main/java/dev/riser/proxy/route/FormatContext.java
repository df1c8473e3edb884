package dev.riser.proxy.route;

import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/** What is known about an exchange when a format is evaluated. Called on the exchange's event loop. */
public interface FormatContext {
    /** The request's head as it is now. */
    RequestView request();

    /** A header of the response; null where absent or where there is no response yet. */
    @Nullable
    CharSequence responseHeader(AsciiString lowerCaseName);

    /** A fact of the exchange; null where it is not known (yet). */
    @Nullable
    CharSequence value(FormatVariable variable);
}
