package dev.riser.proxy.telemetry;

import org.jspecify.annotations.Nullable;

/** Headers of an exchange by lower-case name, for access log lines that ask for them. Called on the exchange's event loop. */
public interface HeaderLookup {
    /** No headers at all. */
    HeaderLookup NONE = new HeaderLookup() {
        @Override
        public @Nullable CharSequence request(String name) {
            return null;
        }

        @Override
        public @Nullable CharSequence response(String name) {
            return null;
        }

        @Override
        public @Nullable CharSequence trailer(String name) {
            return null;
        }
    };

    /** The request header, {@code null} where absent. */
    @Nullable
    CharSequence request(String name);

    /** The response header, {@code null} where absent. */
    @Nullable
    CharSequence response(String name);

    /** The response trailer, {@code null} where absent. */
    @Nullable
    CharSequence trailer(String name);
}
