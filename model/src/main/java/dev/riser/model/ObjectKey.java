package dev.riser.model;

/**
 * Names one object of the mesh.
 *
 * @param kind the kind as it stands in the document, such as {@code VirtualService}
 * @param namespace the object's namespace; empty for kinds that have none ({@code Namespace})
 * @param name the object's name
 */
public record ObjectKey(String kind, String namespace, String name) implements Comparable<ObjectKey> {

    /** {@code Kind namespace/name}, or {@code Kind name} where the kind has no namespace: the form used in problems. */
    public String text() {
        return namespace.isEmpty() ? kind + " " + name : kind + " " + namespace + "/" + name;
    }

    @Override
    public int compareTo(ObjectKey other) {
        int byKind = kind.compareTo(other.kind);
        if (byKind != 0) {
            return byKind;
        }
        int byNamespace = namespace.compareTo(other.namespace);
        return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return text();
    }
}
