package dev.riser.model;

import dev.riser.base.Problem;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Reads objects from YAML or JSON, many documents a stream. Pure and thread-safe: whatever stands in the text, the answer
 * is objects and problems, never an exception. One bad document does not keep the others from being read.
 */
public final class ConfigReader {
    private static final Pattern WORD = Pattern.compile("[ \\t]{0,80}[\"']?([-A-Za-z0-9.]{1,253})");
    private static final Pattern ALIAS = Pattern.compile("[\\s\\[{,]\\*[A-Za-z0-9_-]+");
    /** What Kubernetes takes where no namespace is written. */
    private static final String DEFAULT_NAMESPACE = "default";

    private static final int MAX_LIST_ITEMS = 10_000;

    private ConfigReader() {}

    /**
     * Reads UTF-8 bytes.
     *
     * @param file what to call the text in problems and origins
     */
    public static ReadResult read(String file, byte[] bytes, ReadLimits limits) {
        if (bytes.length > limits.maxBytes()) {
            return tooLarge(file, bytes.length, limits);
        }
        ByteBuffer input = ByteBuffer.wrap(bytes);
        CharBuffer output = CharBuffer.allocate(bytes.length);
        CoderResult decoded = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(input, output, true);
        if (decoded.isError()) {
            int line = 1;
            for (int index = 0; index < input.position(); index++) {
                if (bytes[index] == '\n') {
                    line++;
                }
            }
            return whole(new Problem(
                    "the file", "", file, line, "", "UTF-8", "the text is not valid UTF-8", "save it as UTF-8"));
        }
        return read(file, output.flip().toString(), limits);
    }

    /**
     * Reads a text.
     *
     * @param file what to call the text in problems and origins
     */
    public static ReadResult read(String file, String text, ReadLimits limits) {
        if (text.length() > limits.maxBytes()) {
            return tooLarge(file, text.length(), limits);
        }
        String withoutMark = text.startsWith("\uFEFF") ? text.substring(1) : text;
        List<YamlChunks.Chunk> chunks = YamlChunks.split(withoutMark);
        if (chunks.size() > limits.maxDocuments()) {
            return whole(new Problem(
                    "the file",
                    "",
                    file,
                    chunks.get(limits.maxDocuments()).linesBefore() + 1,
                    chunks.size() + " documents",
                    "at most " + limits.maxDocuments() + " documents",
                    "the file holds too many documents",
                    "split it"));
        }
        List<ReadDocument> documents = new ArrayList<>();
        for (int index = 0; index < chunks.size(); index++) {
            documents.addAll(readChunk(file, chunks.get(index), "document " + (index + 1), limits));
        }
        return new ReadResult(documents);
    }

    private static ReadResult tooLarge(String file, int size, ReadLimits limits) {
        return whole(new Problem(
                "the file",
                "",
                file,
                0,
                size + " bytes",
                "at most " + limits.maxBytes() + " bytes",
                "the file is too large to be read",
                "split it"));
    }

    private static ReadResult whole(Problem problem) {
        return new ReadResult(
                List.of(new ReadDocument(Optional.empty(), "", 1, "", Optional.empty(), List.of(problem))));
    }

    private static List<ReadDocument> readChunk(
            String file, YamlChunks.Chunk chunk, String fallbackName, ReadLimits limits) {
        Optional<ObjectKey> guess = guess(chunk.text());
        Reading reading = new Reading(
                file, chunk.linesBefore(), limits, guess.map(ObjectKey::text).orElse(fallbackName));
        Node root = compose(chunk, reading);
        if (root == null) {
            return List.of(rejected(guess, chunk, reading));
        }
        checkTree(root, "", reading, new IdentityHashMap<>());
        if (!reading.problems().isEmpty()) {
            return List.of(rejected(guess, chunk, reading));
        }
        if (!(root instanceof MappingNode mapping)) {
            new Field(reading, "", root, reading.line(root)).wrongType("an object with apiVersion, kind and metadata");
            return List.of(rejected(guess, chunk, reading));
        }
        if (scalar(mapping, "kind").equals("List")
                && scalar(mapping, "apiVersion").equals("v1")) {
            return readList(file, chunk, mapping, limits, reading);
        }
        return List.of(readObject(mapping, chunk.text(), reading));
    }

    private static ReadDocument rejected(Optional<ObjectKey> key, YamlChunks.Chunk chunk, Reading reading) {
        return new ReadDocument(
                key,
                "",
                chunk.firstLine(),
                chunk.text(),
                Optional.empty(),
                reading.problems().list());
    }

    private static List<ReadDocument> readList(
            String file, YamlChunks.Chunk chunk, MappingNode list, ReadLimits limits, Reading whole) {
        List<ReadDocument> documents = new ArrayList<>();
        Fields fields = new Fields(new Field(whole, "", list, whole.line(list)), list);
        fields.withoutMeaning("apiVersion", "kind", "metadata");
        List<Field> items = fields.take("items").map(Field::items).orElse(List.of());
        fields.close();
        if (items.size() > MAX_LIST_ITEMS) {
            fields.self().reject("the list holds too many objects", "at most " + MAX_LIST_ITEMS, "split it");
        }
        if (!whole.problems().isEmpty()) {
            documents.add(rejected(Optional.empty(), chunk, whole));
            return documents;
        }
        for (Field item : items) {
            Reading reading = new Reading(file, chunk.linesBefore(), limits, item.path());
            if (item.node() instanceof MappingNode mapping) {
                documents.add(readObject(mapping, textOf(chunk.text(), mapping), reading));
            } else {
                new Field(reading, "", item.node(), item.line()).wrongType("an object");
                documents.add(rejected(Optional.empty(), chunk, reading));
            }
        }
        return documents;
    }

    /** The lines a node of a list stands on, which are its text: shown to people, not read again. */
    private static String textOf(String text, Node node) {
        int start = node.getStartMark().map(Mark::getIndex).orElse(0);
        int end = node.getEndMark().map(Mark::getIndex).orElse(text.length());
        int from = text.offsetByCodePoints(0, Math.min(start, text.codePointCount(0, text.length())));
        int to = text.offsetByCodePoints(0, Math.min(end, text.codePointCount(0, text.length())));
        int column = node.getStartMark().map(Mark::getColumn).orElse(0);
        return (" ".repeat(column) + text.substring(from, to).stripTrailing()).stripIndent() + "\n";
    }

    private static @Nullable Node compose(YamlChunks.Chunk chunk, Reading reading) {
        int firstLine = chunk.linesBefore() + 1;
        try {
            return new LimitedComposer(chunk.text(), reading.limits())
                    .getSingleNode()
                    .orElse(null);
        } catch (LimitedComposer.LimitExceeded tooMuch) {
            reading.reject("", firstLine + tooMuch.line(), "", "", tooMuch.reason(), "write it flatter and shorter");
        } catch (MarkedYamlEngineException syntax) {
            // Of what never ends, the place where it begins says more than the end of the text.
            boolean endless = String.valueOf(syntax.getProblem()).contains("end of stream");
            Optional<Mark> mark = endless
                    ? syntax.getContextMark().or(syntax::getProblemMark)
                    : syntax.getProblemMark().or(syntax::getContextMark);
            int line = firstLine + mark.map(Mark::getLine).orElse(0);
            reading.reject(
                    "",
                    line,
                    mark.map(at -> at(chunk.text(), at.getLine())).orElse(""),
                    "",
                    "the text is not YAML: "
                            + String.valueOf(syntax.getProblem()).strip(),
                    hasTab(chunk.text(), line - firstLine)
                            ? "the line is indented with a tab; YAML allows spaces only"
                            : "");
        } catch (ReaderException character) {
            reading.reject(
                    "",
                    firstLine + lineOf(chunk.text(), character.getPosition()),
                    "character U+%04X".formatted(character.getCodePoint()),
                    "",
                    "the text holds a character that YAML does not allow",
                    "take it away");
        } catch (YamlEngineException other) {
            String message = String.valueOf(other.getMessage());
            if (message.contains("aliases")) {
                reading.reject(
                        "",
                        chunk.linesBefore() + lineOfFirstAlias(chunk.text()),
                        "",
                        "at most " + reading.limits().maxAliases() + " aliases",
                        "the document uses too many aliases",
                        "write the repeated parts out");
            } else {
                reading.reject("", chunk.firstLine(), "", "", "the text is not YAML: " + message, "");
            }
        }
        return null;
    }

    private static String at(String text, int line) {
        String found = text.lines()
                .skip(line)
                .findFirst()
                .orElse("")
                .replace("\t", "\\t")
                .strip();
        return found.length() > 60 ? found.substring(0, 60) + "…" : found;
    }

    private static boolean hasTab(String text, int line) {
        return text.lines()
                .skip(Math.max(0, line - 1))
                .limit(2)
                .anyMatch(candidate -> candidate.indexOf('\t') >= 0
                        && candidate.substring(0, candidate.indexOf('\t')).isBlank());
    }

    private static int lineOfFirstAlias(String text) {
        int line = 0;
        for (String candidate : text.lines().toList()) {
            line++;
            if (ALIAS.matcher(candidate).find()) {
                break;
            }
        }
        return line;
    }

    private static int lineOf(String text, int position) {
        return (int) text.codePoints()
                .limit(position)
                .filter(character -> character == '\n')
                .count();
    }

    /** Finds what the types of a document cannot tell: keys that stand twice, keys that are no text, values inside themselves. */
    private static void checkTree(Node node, String path, Reading reading, Map<Node, Boolean> seen) {
        if (seen.put(node, true) != null) {
            return;
        }
        if (node.isRecursive()) {
            reading.reject(
                    path, reading.line(node), "", "", "a value contains itself through an alias", "write it out");
            return;
        }
        switch (node) {
            case MappingNode mapping -> {
                Map<String, Integer> lines = new HashMap<>();
                for (NodeTuple tuple : mapping.getValue()) {
                    if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                        reading.reject(path, reading.line(tuple.getKeyNode()), "", "a text", "a key is not a text", "");
                        continue;
                    }
                    String below = path.isEmpty() ? key.getValue() : path + "." + key.getValue();
                    Integer before = lines.putIfAbsent(key.getValue(), reading.line(key));
                    if (before != null) {
                        reading.reject(
                                below,
                                reading.line(key),
                                key.getValue(),
                                "",
                                "the key stands twice, on lines " + before + " and " + reading.line(key),
                                "take one away");
                    }
                    if (key.isPlain() && key.getValue().equals("<<")) {
                        reading.reject(below, reading.line(key), "<<", "", "merge keys are not read", "write it out");
                    }
                    checkTree(tuple.getValueNode(), below, reading, seen);
                }
            }
            case SequenceNode list -> {
                int index = 0;
                for (Node item : list.getValue()) {
                    checkTree(item, path + "[" + index++ + "]", reading, seen);
                }
            }
            default -> {}
        }
    }

    /**
     * Kind and name of a text that may be no YAML, so that a problem can say which object it concerns: the top-level lines
     * {@code kind:} and {@code metadata:}, and below the latter the first lines {@code name:} and {@code namespace:}.
     */
    private static Optional<ObjectKey> guess(String text) {
        String kind = "";
        String name = "";
        String namespace = "";
        boolean inMetadata = false;
        for (String line : (Iterable<String>) text.lines()::iterator) {
            boolean below = line.startsWith(" ") || line.startsWith("\t");
            if (!below && !line.isEmpty() && !line.startsWith("#")) {
                inMetadata = line.startsWith("metadata:");
                kind = kind.isEmpty() ? value(line, "kind:") : kind;
            } else if (inMetadata) {
                String bare = line.strip();
                name = name.isEmpty() ? value(bare, "name:") : name;
                namespace = namespace.isEmpty() ? value(bare, "namespace:") : namespace;
            }
        }
        if (kind.isEmpty() || name.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new ObjectKey(
                kind, kind.equals("Namespace") ? "" : namespace.isEmpty() ? DEFAULT_NAMESPACE : namespace, name));
    }

    private static String value(String line, String key) {
        if (!line.startsWith(key)) {
            return "";
        }
        Matcher word = WORD.matcher(line).region(key.length(), line.length());
        return word.lookingAt() ? String.valueOf(word.group(1)) : "";
    }

    private static String scalar(MappingNode mapping, String key) {
        for (NodeTuple tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode name
                    && name.getValue().equals(key)
                    && tuple.getValueNode() instanceof ScalarNode value) {
                return value.getValue();
            }
        }
        return "";
    }

    private static Optional<ObjectKey> keyOf(MappingNode mapping) {
        String kind = scalar(mapping, "kind");
        for (NodeTuple tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode name
                    && name.getValue().equals("metadata")
                    && tuple.getValueNode() instanceof MappingNode metadata) {
                String objectName = scalar(metadata, "name");
                if (!kind.isEmpty() && !objectName.isEmpty()) {
                    String namespace = scalar(metadata, "namespace");
                    return Optional.of(new ObjectKey(
                            kind,
                            kind.equals("Namespace") ? "" : namespace.isEmpty() ? DEFAULT_NAMESPACE : namespace,
                            objectName));
                }
            }
        }
        return Optional.empty();
    }

    private static ReadDocument readObject(MappingNode mapping, String text, Reading reading) {
        Optional<ObjectKey> key = keyOf(mapping);
        key.ifPresent(known -> reading.call(known.text()));
        int line = reading.line(mapping);
        String apiVersion = scalar(mapping, "apiVersion");
        Optional<MeshObject> object = read(mapping, key, apiVersion, line, reading);
        return new ReadDocument(
                key,
                apiVersion,
                line,
                text,
                reading.rejected() ? Optional.empty() : object,
                reading.problems().list());
    }

    private static Optional<MeshObject> read(
            MappingNode mapping, Optional<ObjectKey> key, String apiVersion, int line, Reading reading) {
        Fields fields = new Fields(new Field(reading, "", mapping, line), mapping);
        Optional<Field> version = fields.require("apiVersion");
        Optional<Field> kindField = fields.require("kind");
        Optional<String> kind = kindField.flatMap(Field::text);
        version.ifPresent(Field::text);
        if (kind.isEmpty() || version.isEmpty()) {
            return Optional.empty();
        }
        if (!KindTable.isRead(kind.get())
                || (kind.get().equals("Service") && !apiVersion.equals("v1") && apiVersion.contains("/"))) {
            KindTable.Refusal refusal = KindTable.refusal(apiVersion, kind.get());
            reading.reject(
                    "kind",
                    kindField.map(Field::line).orElse(line),
                    kind.get(),
                    refusal.unknown() ? String.join(", ", KindTable.readKinds()) : "",
                    refusal.message(),
                    refusal.suggestion());
            return Optional.empty();
        }
        if (!KindTable.versions(kind.get()).contains(apiVersion)) {
            version.get()
                    .reject(
                            "the version is not known for the kind " + kind.get(),
                            String.join(", ", KindTable.versions(kind.get())),
                            "");
        }
        boolean namespaced = !kind.get().equals("Namespace");
        Optional<Metadata> metadata =
                fields.require("metadata").flatMap(Field::mapping).map(found -> Metadata.read(found, namespaced));
        fields.withoutMeaning("status");
        if (key.isEmpty() || metadata.isEmpty()) {
            return Optional.empty();
        }
        Origin origin =
                new Origin(key.get().kind(), key.get().namespace(), key.get().name(), reading.file(), line);
        Header header = new Header(
                key.get(), metadata.get().labels(), origin, metadata.get().annotations());
        MeshObject object = switch (kind.get()) {
            case "Namespace" -> {
                fields.withoutMeaning("spec");
                yield new Namespace(header.key(), header.labels(), header.origin());
            }
            case "ServiceAccount" -> {
                fields.withoutMeaning("secrets", "imagePullSecrets", "automountServiceAccountToken");
                yield new ServiceAccount(header.key(), header.labels(), header.origin());
            }
            case "Service" -> ServiceReader.read(header, spec(fields));
            case "VirtualService" -> VirtualServiceReader.read(header, spec(fields));
            case "DestinationRule" -> DestinationRuleReader.read(header, spec(fields));
            case "ServiceEntry" -> ServiceEntryReader.read(header, spec(fields));
            case "WorkloadEntry" -> ServiceEntryReader.readWorkload(header, spec(fields));
            case "PeerAuthentication" -> PolicyReader.readPeerAuthentication(header, spec(fields));
            case "AuthorizationPolicy" -> PolicyReader.readAuthorization(header, spec(fields));
            default -> throw new IllegalStateException("no reader for the kind " + kind.get());
        };
        fields.close();
        return Optional.of(object);
    }

    /** The spec; one that is missing is read as empty, and what it must hold is then reported as missing. */
    private static Fields spec(Fields fields) {
        return fields.take("spec").flatMap(Field::mapping).orElseGet(() -> {
            MappingNode empty = new MappingNode(Tag.MAP, List.of(), FlowStyle.BLOCK);
            return new Fields(new Field(fields.self().reading(), "spec", empty, fields.line()), empty);
        });
    }

    /** What every reader needs of an object. */
    record Header(ObjectKey key, Map<String, String> labels, Origin origin, Map<String, Field> annotations) {}

    private record Metadata(Map<String, String> labels, Map<String, Field> annotations) {
        static Metadata read(Fields metadata, boolean namespaced) {
            metadata.require("name").flatMap(Field::text).ifPresent(name -> {
                if (!Names.isObjectName(name)) {
                    metadata.self()
                            .reading()
                            .reject(
                                    "metadata.name",
                                    metadata.line(),
                                    name,
                                    "lower-case letters, digits, '-' and '.', at most 253",
                                    "the name is not valid",
                                    "");
                }
            });
            metadata.take("namespace")
                    .ifPresent(field -> field.text().ifPresent(namespace -> {
                        if (!namespaced) {
                            field.note("the kind has no namespace", "take the field away");
                        } else if (!Names.isLabel(namespace)) {
                            field.reject(
                                    "the namespace is not valid", "lower-case letters, digits and '-', at most 63", "");
                        }
                    }));
            Map<String, String> labels = metadata.labels("labels");
            Map<String, Field> annotations =
                    metadata.take("annotations").map(Field::entries).orElse(Map.of());
            metadata.withoutMeaning(
                    "uid",
                    "resourceVersion",
                    "generation",
                    "generateName",
                    "creationTimestamp",
                    "deletionTimestamp",
                    "deletionGracePeriodSeconds",
                    "managedFields",
                    "ownerReferences",
                    "finalizers",
                    "selfLink");
            metadata.close();
            return new Metadata(labels, annotations);
        }
    }
}
