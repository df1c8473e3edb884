package dev.riser.cli.launch;

import dev.riser.cli.CommandFailure;

/** Starts the control plane in this process. */
public final class ControlPlaneStart {
    private ControlPlaneStart() {}

    /**
     * Runs until the process is asked to end.
     *
     * @param afterwards run when the control plane has ended
     * @return the exit code
     */
    public static int run(ControlPlaneLaunch launch, Runnable afterwards) {
        throw CommandFailure.failed("this build holds no control plane to start with %s".formatted(launch.state()));
    }
}
