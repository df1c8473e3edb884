package dev.riser.proxy.route;

import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes to a head's headers. One level removes first and adds then, and every value of the level is evaluated before
 * the first header of the level is added, as in Envoy. Changes of several levels are applied one level after another.
 */
public final class HeaderChanges {
    /** Nothing changes. */
    public static final HeaderChanges NONE = new HeaderChanges(new Level[0]);

    private final Level[] levels;

    private HeaderChanges(Level[] levels) {
        this.levels = levels;
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared, and read without a copy for every request
    private record Level(
            AsciiString[] removals,
            Addition[] additions,
            @Nullable AsciiString[] constants) {
        /** What is added, evaluated once where it is the same for every message. */
        CharSequence value(int index, FormatContext context) {
            AsciiString constant = constants[index];
            return constant == null ? additions[index].value.evaluate(context) : constant;
        }
    }

    /** What happens where the header is there already. */
    public enum Append {
        /** Another value is added. */
        APPEND_IF_EXISTS_OR_ADD,
        /** Nothing happens. */
        ADD_IF_ABSENT,
        /** The values there are replaced. */
        OVERWRITE_IF_EXISTS_OR_ADD,
        /** The values there are replaced; where there are none, nothing happens. */
        OVERWRITE_IF_EXISTS
    }

    /**
     * One header to add.
     *
     * @param name lower case
     * @param value evaluated for each message
     * @param append what happens where it is there already
     * @param keepEmpty whether a value that comes out empty is added
     */
    public record Addition(AsciiString name, FormatText value, Append append, boolean keepEmpty) {}

    /** Changes of one level. */
    public static HeaderChanges of(List<AsciiString> removals, List<Addition> additions) {
        if (removals.isEmpty() && additions.isEmpty()) {
            return NONE;
        }
        @Nullable AsciiString[] constants = new AsciiString[additions.size()];
        for (int i = 0; i < constants.length; i++) {
            String constant = additions.get(i).value().constant();
            constants[i] = constant == null ? null : AsciiString.of(constant);
        }
        return new HeaderChanges(new Level[] {
            new Level(removals.toArray(AsciiString[]::new), additions.toArray(Addition[]::new), constants)
        });
    }

    /** Changes of several levels, the first in the list first. */
    public static HeaderChanges inOrder(List<HeaderChanges> changes) {
        List<Level> levels = new ArrayList<>();
        for (HeaderChanges change : changes) {
            levels.addAll(Arrays.asList(change.levels));
        }
        return levels.isEmpty() ? NONE : new HeaderChanges(levels.toArray(Level[]::new));
    }

    /** Whether nothing changes. */
    public boolean isEmpty() {
        return levels.length == 0;
    }

    /**
     * Changes the headers.
     *
     * @param headers of the request or the response
     * @param context gives the values for the commands in header values
     */
    public void apply(HeaderEditor headers, FormatContext context) {
        for (Level level : levels) {
            for (AsciiString removal : level.removals) {
                headers.remove(removal);
            }
            if (level.additions.length == 1) {
                Addition addition = level.additions[0];
                CharSequence value = level.value(0, context);
                if (applies(addition, value, headers)) {
                    write(addition, value, headers);
                }
            } else if (level.additions.length > 1) {
                applyTogether(level, headers, context);
            }
        }
    }

    private static void applyTogether(Level level, HeaderEditor headers, FormatContext context) {
        Addition[] additions = level.additions;
        CharSequence[] values = new CharSequence[additions.length];
        boolean[] applied = new boolean[additions.length];
        for (int i = 0; i < additions.length; i++) {
            values[i] = level.value(i, context);
            applied[i] = applies(additions[i], values[i], headers);
        }
        for (int i = 0; i < additions.length; i++) {
            if (applied[i] && overwrites(additions[i])) {
                write(additions[i], values[i], headers);
            }
        }
        for (int i = 0; i < additions.length; i++) {
            if (applied[i] && !overwrites(additions[i])) {
                write(additions[i], values[i], headers);
            }
        }
    }

    private static boolean overwrites(Addition addition) {
        return addition.append == Append.OVERWRITE_IF_EXISTS || addition.append == Append.OVERWRITE_IF_EXISTS_OR_ADD;
    }

    private static boolean applies(Addition addition, CharSequence value, HeaderEditor headers) {
        if (value.isEmpty() && !addition.keepEmpty) {
            return false;
        }
        return switch (addition.append) {
            case APPEND_IF_EXISTS_OR_ADD, OVERWRITE_IF_EXISTS_OR_ADD -> true;
            case ADD_IF_ABSENT -> !headers.contains(addition.name);
            case OVERWRITE_IF_EXISTS -> headers.contains(addition.name);
        };
    }

    private static void write(Addition addition, CharSequence value, HeaderEditor headers) {
        if (overwrites(addition)) {
            headers.set(addition.name, value);
        } else {
            headers.add(addition.name, value);
        }
    }

    /** For logs and tests: removals as {@code -name}, additions as {@code name=value}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[");
        for (Level level : levels) {
            for (AsciiString removal : level.removals) {
                text.append('-').append(removal).append(' ');
            }
            for (Addition addition : level.additions) {
                text.append(addition.name).append('=').append(addition.value).append(' ');
            }
            text.append("| ");
        }
        return text.append(']').toString();
    }
}
