package dev.riser.proxy.route;

import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Headers for tests, in order. */
final class FakeHeaders implements HeaderEditor {
    private record Line(String name, String value) {}

    private final List<Line> lines = new ArrayList<>();

    static FakeHeaders of(String... namesAndValues) {
        FakeHeaders headers = new FakeHeaders();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.lines.add(new Line(namesAndValues[i], namesAndValues[i + 1]));
        }
        return headers;
    }

    List<String> lines() {
        return lines.stream().map(line -> line.name + ": " + line.value).toList();
    }

    @Override
    public @Nullable CharSequence get(AsciiString name) {
        List<String> values = lines.stream()
                .filter(line -> line.name.contentEquals(name))
                .map(Line::value)
                .toList();
        return values.isEmpty() ? null : String.join(",", values);
    }

    @Override
    public boolean contains(AsciiString name) {
        return get(name) != null;
    }

    @Override
    public void set(AsciiString name, CharSequence value) {
        remove(name);
        add(name, value);
    }

    @Override
    public void add(AsciiString name, CharSequence value) {
        lines.add(new Line(name.toString(), value.toString()));
    }

    @Override
    public void remove(AsciiString name) {
        lines.removeIf(line -> line.name.contentEquals(name));
    }
}
