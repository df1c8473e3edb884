package dev.riser.identity.authority;

import java.io.IOException;
import java.nio.file.Path;

/** Is told of each step by which a file is replaced, and may end the write there: that is how a crash is tested. */
@FunctionalInterface
interface WriteObserver {
    /** Lets every write through. */
    WriteObserver NONE = (step, path) -> {};

    enum Step {
        TEMPORARY_CREATED,
        HALF_WRITTEN,
        WRITTEN,
        SYNCED,
        RENAMED,
        DIRECTORY_SYNCED
    }

    void reached(Step step, Path target) throws IOException;
}
