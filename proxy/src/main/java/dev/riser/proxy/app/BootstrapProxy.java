package dev.riser.proxy.app;

import dev.riser.proxy.discovery.BootstrapFile;
import dev.riser.proxy.workload.BootstrapWorkload;
import dev.riser.proxy.workload.WorkloadResources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A proxy that an Envoy bootstrap file describes instead of a control plane of ours. */
public final class BootstrapProxy implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("dev.riser.bootstrap");
    private static final int START_SECONDS = 30;

    private final BootstrapFile file;
    private volatile java.lang.@org.jspecify.annotations.Nullable AutoCloseable running;

    private BootstrapProxy(BootstrapFile file) {
        this.file = file;
    }

    /** @throws IOException where the file cannot be read or is not a bootstrap; the message says where */
    public static BootstrapProxy read(Path path) throws IOException {
        BootstrapFile file = BootstrapFile.read(path);
        file.unused()
                .forEach(field -> LOG.log(System.Logger.Level.WARNING, "{0}: {1} has no effect here", path, field));
        return new BootstrapProxy(file);
    }

    /** Binds its listeners. Blocks; not for event loops. */
    void start(WorkloadResources resources) throws IOException {
        BootstrapWorkload workload = new BootstrapWorkload(file.bootstrap(), resources);
        running = workload;
        try {
            workload.start()
                    .toCompletableFuture()
                    .get(START_SECONDS, TimeUnit.SECONDS)
                    .forEach(problem -> LOG.log(System.Logger.Level.ERROR, "rejected {0}", problem));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException("the bootstrap's listeners are not ready: " + cause.getMessage(), cause);
        }
    }

    @Override
    public void close() throws Exception {
        AutoCloseable open = running;
        if (open != null) {
            open.close();
        }
    }
}
