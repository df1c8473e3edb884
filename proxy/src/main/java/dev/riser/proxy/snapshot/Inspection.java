package dev.riser.proxy.snapshot;

import com.google.protobuf.Any;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.WireFormat;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.riser.proxy.route.Origin;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The compilation of one resource: collects why it is not good. Fields of every message that is read are compared with
 * the list of those the reader knows, so that a field that nobody reads is a reason and not a loss. Paths are those of
 * the proto fields.
 */
final class Inspection {
    private static final String TYPE_PREFIX = "type.googleapis.com/";

    /** More reasons than this tell nobody anything new; it also bounds the size of a NACK. */
    private static final int MOST_REASONS = 20;

    private final List<Rejection.Reason> reasons = new ArrayList<>();

    private Inspection() {}

    /**
     * Compiles one resource.
     *
     * @param compile returns null only where it gave a reason
     */
    static <T> Compiled<T> of(String resource, Function<Inspection, @Nullable T> compile) {
        Inspection inspection = new Inspection();
        T value = null;
        try {
            value = compile.apply(inspection);
        } catch (Unusable unusable) {
            inspection.reject(unusable.field, unusable.reason);
        }
        if (value == null && inspection.reasons.isEmpty()) {
            inspection.reject("", "cannot be compiled");
        }
        return value == null || !inspection.reasons.isEmpty()
                ? new Compiled.Rejected<>(new Rejection(resource, inspection.reasons))
                : new Compiled.Accepted<>(value);
    }

    /** Ends the compilation where nothing sensible can stand for a bad field. */
    static final class Unusable extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String field;
        private final String reason;

        Unusable(String field, String reason) {
            super(field + ": " + reason, null, false, false);
            this.field = field;
            this.reason = reason;
        }
    }

    static String at(String path, String field) {
        return path.isEmpty() ? field : path + "." + field;
    }

    static String at(String path, String field, int index) {
        return at(path, field) + "[" + index + "]";
    }

    static String at(String path, String field, String key) {
        return at(path, field) + "[\"" + key + "\"]";
    }

    void reject(String path, String reason) {
        if (reasons.size() < MOST_REASONS) {
            reasons.add(new Rejection.Reason(path, reason));
        }
    }

    /** Gives a reason for every field that is set and is not one of these. */
    void only(Message message, String path, Set<String> known) {
        Descriptor type = message.getDescriptorForType();
        for (int number : numbers(message)) {
            FieldDescriptor field = type.findFieldByNumber(number);
            if (field != null && !known.contains(field.getName())) {
                reject(at(path, field.getName()), "this proxy cannot honour the field");
            }
        }
        noUnknown(message, path);
    }

    /**
     * Numbers of the fields that are set, read off the wire form: the messages' own way to list them looks every getter
     * up by reflection, which loads several classes for each that is used and keeps them.
     */
    private static SortedSet<Integer> numbers(Message message) {
        SortedSet<Integer> numbers = new TreeSet<>();
        CodedInputStream wire = message.toByteString().newCodedInput();
        try {
            for (int tag = wire.readTag(); tag != 0; tag = wire.readTag()) {
                numbers.add(WireFormat.getTagFieldNumber(tag));
                wire.skipField(tag);
            }
        } catch (IOException ownBytes) {
            throw new UncheckedIOException(ownBytes);
        }
        return numbers;
    }

    private void noUnknown(Message message, String path) {
        for (int number : message.getUnknownFields().asMap().keySet()) {
            reject(at(path, "#" + number), "this proxy does not know the field with this number");
        }
    }

    /** The duration; a negative one is a reason. */
    Duration duration(com.google.protobuf.Duration duration, String path) {
        if (duration.getSeconds() < 0 || duration.getNanos() < 0) {
            reject(path, "is negative");
            return Duration.ZERO;
        }
        // A longer one overflows nanoseconds in a long, and is meant as "never" anyhow.
        return duration.getSeconds() > 1_000_000_000L
                ? Duration.ofSeconds(1_000_000_000L)
                : Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
    }

    /** A count as an int; larger ones mean "no limit". */
    static int count(int unsigned) {
        return unsigned < 0 ? Integer.MAX_VALUE : unsigned;
    }

    /** A value that must be at most this. */
    int atMost(int unsigned, int most, String path) {
        if (Integer.compareUnsigned(unsigned, most) > 0) {
            reject(path, Integer.toUnsignedString(unsigned) + " is more than " + most);
            return most;
        }
        return unsigned;
    }

    /** The expression, compiled. */
    Pattern regex(String regex, String path) {
        try {
            return Pattern.compile(regex);
        } catch (PatternSyntaxException bad) {
            throw new Unusable(path, "is no RE2 expression: " + bad.getMessage());
        }
    }

    /** Full name of the message in it. */
    static String typeOf(Any any) {
        String url = any.getTypeUrl();
        return url.substring(url.lastIndexOf('/') + 1);
    }

    /** The message in it. */
    <T extends Message> T unpack(Any any, Class<T> type, String path) {
        try {
            return any.unpack(type);
        } catch (InvalidProtocolBufferException bad) {
            throw new Unusable(path, "is no " + TYPE_PREFIX + type.getSimpleName() + ": " + bad.getMessage());
        }
    }

    /** Where the user's object is, of our own metadata; other metadata is for others. */
    static Origin origin(Metadata metadata) {
        Struct ours = metadata.getFilterMetadataMap().get("riser");
        Value origin = ours == null ? null : ours.getFieldsMap().get("origin");
        if (origin == null || !origin.hasStructValue()) {
            return Origin.UNKNOWN;
        }
        Struct fields = origin.getStructValue();
        return new Origin(
                text(fields, "kind"),
                text(fields, "namespace"),
                text(fields, "name"),
                text(fields, "rule"),
                text(fields, "location"));
    }

    static String text(Struct struct, String field) {
        Value value = struct.getFieldsMap().get(field);
        return value == null ? "" : value.getStringValue();
    }
}
