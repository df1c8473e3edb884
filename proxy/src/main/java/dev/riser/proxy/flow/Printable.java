package dev.riser.proxy.flow;

/** Makes text from strangers fit for a log line. Pure. */
final class Printable {
    private static final int LONGEST = 2000;

    private Printable() {}

    /** The text with control characters replaced, cut where it is too long. */
    static String of(String text) {
        StringBuilder clean = new StringBuilder(Math.min(text.length(), LONGEST));
        for (int i = 0; i < text.length() && i < LONGEST; i++) {
            char c = text.charAt(i);
            clean.append(c < ' ' || c == 0x7f || c == 0x85 || c == 0x2028 || c == 0x2029 ? '?' : c);
        }
        return clean.toString();
    }
}
