package dev.riser.cli.failure;

/**
 * A command cannot do what it was asked. The message is one line for the person at the terminal: what failed, what was
 * found, what is allowed, what to do next.
 */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The exit code of a command that was understood and failed. */
    public static final int FAILED = 1;

    /** The exit code of a command line that cannot be understood. */
    public static final int USAGE = 2;

    /** The exit code of shells for a program that exists and cannot be executed. */
    public static final int NOT_EXECUTABLE = 126;

    /** The exit code of shells for a program that does not exist. */
    public static final int NOT_FOUND = 127;

    private final int exitCode;

    private CommandFailure(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    /** A failure at run time. */
    public static CommandFailure failed(String message) {
        return new CommandFailure(FAILED, message);
    }

    /** A failure at run time with the message of what caused it. */
    public static CommandFailure failed(String message, Throwable cause) {
        CommandFailure failure = new CommandFailure(FAILED, message);
        failure.initCause(cause);
        return failure;
    }

    /** Arguments that say nothing that can be done. */
    public static CommandFailure usage(String message) {
        return new CommandFailure(USAGE, message);
    }

    /** A failure with a code of its own. */
    public static CommandFailure withCode(int exitCode, String message) {
        return new CommandFailure(exitCode, message);
    }

    /** What the process exits with. */
    public int exitCode() {
        return exitCode;
    }

    /** The message; never null, for every constructor is given one. */
    public String line() {
        return String.valueOf(getMessage());
    }
}
