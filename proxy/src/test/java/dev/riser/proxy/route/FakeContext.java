package dev.riser.proxy.route;

import io.netty.util.AsciiString;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An exchange for tests. */
record FakeContext(RequestView request, Map<String, String> response, Map<FormatVariable, String> facts)
        implements FormatContext {
    static FakeContext of(RequestView request) {
        return new FakeContext(request, Map.of(), Map.of());
    }

    @Override
    public @Nullable CharSequence responseHeader(AsciiString lowerCaseName) {
        return response.get(lowerCaseName.toString());
    }

    @Override
    public @Nullable CharSequence value(FormatVariable variable) {
        return facts.get(variable);
    }
}
