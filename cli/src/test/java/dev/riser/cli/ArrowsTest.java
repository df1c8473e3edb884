package dev.riser.cli;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import org.junit.jupiter.api.Test;

/** Arrows between modules and packages point down, as ARCHITECTURE.md says. */
class ArrowsTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("/dev/riser/xds/istio/"))
            .importPackages("dev.riser");

    @Test
    void baseKnowsNoOtherModule() {
        mustNotUse("dev.riser.base..", "dev.riser.model..", "dev.riser.xds..", "dev.riser.identity..", "dev.riser.proxy..", "dev.riser.control..", "dev.riser.cli..");
    }

    @Test
    void modelKnowsOnlyBase() {
        mustNotUse("dev.riser.model..", "dev.riser.xds..", "dev.riser.identity..", "dev.riser.proxy..", "dev.riser.control..", "dev.riser.cli..");
    }

    @Test
    void xdsKnowsOnlyBase() {
        mustNotUse("dev.riser.xds..", "dev.riser.model..", "dev.riser.identity..", "dev.riser.proxy..", "dev.riser.control..", "dev.riser.cli..");
    }

    @Test
    void proxyAndControlPlaneDoNotKnowEachOther() {
        mustNotUse("dev.riser.proxy..", "dev.riser.control..", "dev.riser.cli..");
        mustNotUse("dev.riser.control..", "dev.riser.proxy..", "dev.riser.cli..");
    }

    @Test
    void certificatesOfTheAuthorityStayOutOfTheProxy() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideInAPackage("dev.riser.proxy..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.bouncycastle..", "dev.riser.identity.authority..")
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCycle() {
        slices().matching("dev.riser.(*).(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void regularExpressionsOfUsersNeverReachTheBacktrackingEngine() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideInAnyPackage("dev.riser.proxy.route..", "dev.riser.proxy.guard..", "dev.riser.proxy.snapshot..")
                .should()
                .dependOnClassesThat(new DescribedPredicate<JavaClass>("java.util.regex") {
                    @Override
                    public boolean test(JavaClass type) {
                        return type.getPackageName().equals("java.util.regex");
                    }
                })
                .check(CLASSES);
    }

    private static void mustNotUse(String from, String... to) {
        ArchRuleDefinition.noClasses()
                .that()
                .resideInAPackage(from)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(to)
                .check(CLASSES);
    }
}
