package dev.riser.model;

import java.util.regex.Pattern;

/** What a name may look like, as Kubernetes and DNS say. */
final class Names {
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
    private static final Pattern HOST_LABEL = Pattern.compile("[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?");
    private static final Pattern LABEL_NAME = Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
    private static final Pattern SUBSET = Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]{0,126}[A-Za-z0-9])?");
    private static final Pattern HEADER = Pattern.compile("[-!#$%&'*+.^_`|~0-9A-Za-z]+");
    private static final int MAX_NAME = 253;

    private Names() {}

    /** A DNS label: namespaces, services, port names. */
    static boolean isLabel(String name) {
        return LABEL.matcher(name).matches();
    }

    /** DNS labels joined by dots: names of objects. */
    static boolean isObjectName(String name) {
        return name.length() <= MAX_NAME && allLabels(name, LABEL);
    }

    static boolean isLabelKey(String key) {
        int slash = key.indexOf('/');
        return slash < 0
                ? LABEL_NAME.matcher(key).matches()
                : isObjectName(key.substring(0, slash))
                        && LABEL_NAME.matcher(key.substring(slash + 1)).matches();
    }

    static boolean isLabelValue(String value) {
        return value.isEmpty() || LABEL_NAME.matcher(value).matches();
    }

    static boolean isSubset(String name) {
        return SUBSET.matcher(name).matches();
    }

    static boolean isHeader(String name) {
        return HEADER.matcher(name).matches();
    }

    static boolean isAddress(String text) {
        try {
            IpBlock.literal(text);
            return true;
        } catch (IllegalArgumentException notAnAddress) {
            return false;
        }
    }

    /** A DNS name, an address, {@code *}, or a wildcard in the first label. */
    static boolean isHost(String host) {
        if (host.equals("*") || isAddress(host)) {
            return true;
        }
        if (host.length() > MAX_NAME) {
            return false;
        }
        String rest = host;
        if (host.startsWith("*")) {
            rest = host.substring(1);
            if (rest.startsWith(".")) {
                rest = rest.substring(1);
            } else if (rest.startsWith("-")) {
                rest = "x" + rest;
            }
        }
        if (rest.endsWith(".")) {
            rest = rest.substring(0, rest.length() - 1);
        }
        return allLabels(rest, HOST_LABEL);
    }

    private static boolean allLabels(String name, Pattern label) {
        int start = 0;
        while (true) {
            int dot = name.indexOf('.', start);
            String part = dot < 0 ? name.substring(start) : name.substring(start, dot);
            if (!label.matcher(part).matches()) {
                return false;
            }
            if (dot < 0) {
                return true;
            }
            start = dot + 1;
        }
    }
}
