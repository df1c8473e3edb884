package dev.riser.model;

import java.io.Serial;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.comments.CommentLine;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/** Composes one document and gives up once it nests too deep or holds too much, before the stack or memory does. */
final class LimitedComposer extends Composer {
    private final ReadLimits limits;
    private int depth;
    private int nodes;

    LimitedComposer(String text, ReadLimits limits) {
        this(settings(limits), text, limits);
    }

    private LimitedComposer(LoadSettings settings, String text, ReadLimits limits) {
        super(settings, new ParserImpl(settings, new StreamReader(settings, text)));
        this.limits = limits;
    }

    private static LoadSettings settings(ReadLimits limits) {
        // The size of the text has been checked; the parser counts code points and would only say so again.
        return LoadSettings.builder()
                .setMaxAliasesForCollections(limits.maxAliases())
                .setCodePointLimit(Integer.MAX_VALUE)
                .build();
    }

    @Override
    protected Node composeScalarNode(Optional<Anchor> anchor, List<CommentLine> blockComments) {
        count();
        return super.composeScalarNode(anchor, blockComments);
    }

    @Override
    protected SequenceNode composeSequenceNode(Optional<Anchor> anchor) {
        enter();
        SequenceNode node = super.composeSequenceNode(anchor);
        depth--;
        return node;
    }

    @Override
    protected Node composeMappingNode(Optional<Anchor> anchor) {
        enter();
        Node node = super.composeMappingNode(anchor);
        depth--;
        return node;
    }

    private void enter() {
        count();
        depth++;
        if (depth > limits.maxDepth()) {
            throw new LimitExceeded(line(), "the document nests deeper than " + limits.maxDepth() + " levels");
        }
    }

    private void count() {
        nodes++;
        if (nodes > limits.maxNodes()) {
            throw new LimitExceeded(line(), "the document holds more than " + limits.maxNodes() + " values");
        }
    }

    private int line() {
        return parser.hasNext()
                ? parser.peekEvent().getStartMark().map(mark -> mark.getLine()).orElse(0)
                : 0;
    }

    /** Tells where a limit was met; the line is counted from 0 in the composed text. */
    static final class LimitExceeded extends RuntimeException {
        @Serial
        private static final long serialVersionUID = 1L;

        private final int line;

        LimitExceeded(int line, String message) {
            super(message, null, false, false);
            this.line = line;
        }

        int line() {
            return line;
        }

        String reason() {
            return String.valueOf(getMessage());
        }
    }
}
