package dev.riser.control.world;

import java.util.Set;

/** Is told of every new world, on the updater's thread, one after the other. */
@FunctionalInterface
public interface WorldListener {
    /**
     * A new world is there.
     *
     * @param world the new one
     * @param reasons why it was made
     */
    void onWorld(MeshWorld world, Set<WorldReason> reasons);
}
