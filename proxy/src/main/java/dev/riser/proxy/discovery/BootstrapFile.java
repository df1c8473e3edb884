package dev.riser.proxy.discovery;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Envoy's bootstrap file, so that one file starts Envoy and this proxy: YAML or JSON.
 *
 * @param bootstrap the message
 * @param unused top-level fields that stand in the file and have no effect here
 */
public record BootstrapFile(Bootstrap bootstrap, List<String> unused) {
    private static final int LARGEST_FILE = 64 * 1024 * 1024;

    /** The key under which JSON names the type of an extension. */
    private static final String TYPE = "@type";

    /** Fields that are read here or by the process's settings. */
    private static final Set<String> USED = Set.of("node", "static_resources", "dynamic_resources", "admin");

    public BootstrapFile {
        unused = List.copyOf(unused);
    }

    /**
     * Reads a file.
     *
     * @throws IOException where it cannot be read, or is not a bootstrap; the message says what and where
     */
    public static BootstrapFile read(Path path) throws IOException {
        if (Files.size(path) > LARGEST_FILE) {
            throw new IOException("%s is larger than %d bytes".formatted(path, LARGEST_FILE));
        }
        try {
            return parse(Files.readString(path), path.toString());
        } catch (IllegalArgumentException unreadable) {
            throw new IOException(unreadable.getMessage(), unreadable);
        }
    }

    /**
     * Reads text.
     *
     * @param name of the file, for messages
     * @throws IllegalArgumentException where it is not a bootstrap
     */
    static BootstrapFile parse(String text, String name) {
        StringBuilder json = new StringBuilder();
        // Described, not compiled, messages: setting fields of compiled ones by name needs reflection for every getter.
        DynamicMessage.Builder fields = DynamicMessage.newBuilder(Bootstrap.getDescriptor());
        Bootstrap bootstrap;
        try {
            LoadSettings settings = LoadSettings.builder()
                    .setLabel(name)
                    .setAllowDuplicateKeys(false)
                    .setCodePointLimit(LARGEST_FILE)
                    .build();
            Set<String> types = new HashSet<>();
            writeJson(new Load(settings).loadFromString(text), json, types);
            JsonFormat.parser()
                    .usingTypeRegistry(ExtensionTypes.registry(types))
                    .merge(json.toString(), fields);
            bootstrap = Bootstrap.parseFrom(fields.build().toByteString());
        } catch (YamlEngineException malformed) {
            throw new IllegalArgumentException("%s: %s".formatted(name, malformed.getMessage()), malformed);
        } catch (InvalidProtocolBufferException unknown) {
            throw new IllegalArgumentException(
                    "%s is not an Envoy bootstrap that this proxy can honour: %s".formatted(name, unknown.getMessage()),
                    unknown);
        }
        return new BootstrapFile(
                bootstrap,
                fields.getAllFields().keySet().stream()
                        .map(FieldDescriptor::getName)
                        .filter(field -> !USED.contains(field))
                        .toList());
    }

    /** @param types filled with what is named by {@value #TYPE}, at any depth */
    private static void writeJson(@Nullable Object value, StringBuilder json, Set<String> types) {
        switch (value) {
            case null -> json.append("null");
            case Map<?, ?> map -> {
                json.append('{');
                String separator = "";
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    json.append(separator);
                    writeString(String.valueOf(entry.getKey()), json);
                    json.append(':');
                    writeJson(entry.getValue(), json, types);
                    if (TYPE.equals(entry.getKey())) {
                        types.add(String.valueOf(entry.getValue()));
                    }
                    separator = ",";
                }
                json.append('}');
            }
            case Collection<?> list -> {
                json.append('[');
                String separator = "";
                for (Object element : list) {
                    json.append(separator);
                    writeJson(element, json, types);
                    separator = ",";
                }
                json.append(']');
            }
            case Boolean truth -> json.append(truth);
            case Double number when number.isNaN() || number.isInfinite() -> writeString(number.toString(), json);
            case Number number -> json.append(number);
            default -> writeString(value.toString(), json);
        }
    }

    private static void writeString(String text, StringBuilder json) {
        json.append('"');
        for (int index = 0; index < text.length(); index++) {
            char letter = text.charAt(index);
            if (letter == '"' || letter == '\\') {
                json.append('\\').append(letter);
            } else if (letter < ' ') {
                json.append("\\u%04x".formatted((int) letter));
            } else {
                json.append(letter);
            }
        }
        json.append('"');
    }
}
