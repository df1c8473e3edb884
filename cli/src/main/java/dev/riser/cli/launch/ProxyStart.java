package dev.riser.cli.launch;

import dev.riser.cli.CommandFailure;

/** Starts the proxy in this process. */
public final class ProxyStart {
    private ProxyStart() {}

    /**
     * Runs until the process is asked to end.
     *
     * @param afterwards run when the proxy has ended
     * @return the exit code
     */
    public static int run(ProxyLaunch launch, Runnable afterwards) {
        throw CommandFailure.failed("this build holds no proxy to start with %s".formatted(launch.socket()));
    }
}
