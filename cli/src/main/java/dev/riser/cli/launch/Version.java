package dev.riser.cli.launch;

/** The version of this build, as its jar says. */
public final class Version {
    /** For example {@code 0.1.0}; {@code development} where it runs from classes. */
    public static final String TEXT = of(Version.class.getPackage().getImplementationVersion());

    private Version() {}

    private static String of(@org.jspecify.annotations.Nullable String implementation) {
        return implementation == null ? "development" : implementation;
    }
}
