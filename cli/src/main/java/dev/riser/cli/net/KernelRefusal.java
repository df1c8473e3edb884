package dev.riser.cli.net;

/** The kernel refused a call. The message names the call and the reason in words. */
public final class KernelRefusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int number;

    KernelRefusal(String call, int number) {
        super(call + ": " + reason(number));
        this.number = number;
    }

    /** Whether the process lacks the right to do it, as in a container without the capability. */
    public boolean isPermission() {
        return number == 1 || number == 13;
    }

    /** Whether the file is not there. */
    public boolean isAbsent() {
        return number == 2;
    }

    private static String reason(int number) {
        return switch (number) {
            case 1 -> "operation not permitted";
            case 2 -> "no such file";
            case 7 -> "argument list too long";
            case 8 -> "not a program that this machine can execute";
            case 12 -> "out of memory";
            case 13 -> "permission denied";
            case 17 -> "it exists already";
            case 20 -> "not a directory";
            case 22 -> "invalid argument";
            case 26 -> "the file is being written";
            case 28 -> "no space left, or too many namespaces (see /proc/sys/user)";
            default -> "error number " + number;
        };
    }
}
