package dev.riser.proxy.route;

/**
 * The object of the user that a piece of configuration came from; empty strings where the control plane said nothing.
 *
 * @param kind such as {@code VirtualService}
 * @param namespace the object's namespace
 * @param name the object's name
 * @param rule the place inside it, as {@code http[2]}
 * @param location {@code file:line} where known
 */
public record Origin(String kind, String namespace, String name, String rule, String location) {
    /** The control plane said nothing. */
    public static final Origin UNKNOWN = new Origin("", "", "", "", "");

    /** One line for a log, empty for {@link #UNKNOWN}. */
    public String text() {
        if (kind.isEmpty() && name.isEmpty()) {
            return "";
        }
        return kind + " " + namespace + "/" + name + (rule.isEmpty() ? "" : " " + rule)
                + (location.isEmpty() ? "" : " (" + location + ")");
    }
}
