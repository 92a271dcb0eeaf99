import java.io.File;
import org.teavm.diagnostics.Problem;
import org.teavm.tooling.TeaVMTargetType;
import org.teavm.tooling.TeaVMTool;
import org.teavm.vm.TeaVMOptimizationLevel;

/** A class with a main method, to a module: CompileToObjects CLASS FOLDER FILE. Strict: what Java throws is thrown. */
public class CompileToObjects {
    public static void main(String[] words) throws Exception {
        TeaVMTool tool = new TeaVMTool();
        tool.setTargetType(TeaVMTargetType.WEBASSEMBLY_GC);
        tool.setMainClass(words[0]);
        tool.setTargetDirectory(new File(words[1]));
        tool.setTargetFileName(words[2]);
        tool.setOptimizationLevel(TeaVMOptimizationLevel.FULL);
        tool.setStrict(true);
        tool.generate();
        for (Problem problem : tool.getProblemProvider().getSevereProblems()) {
            System.err.println(problem.getText() + " " + String.join(" ", java.util.Arrays.stream(problem.getParams())
                .map(String::valueOf).toArray(String[]::new)));
        }
        System.exit(tool.getProblemProvider().getSevereProblems().isEmpty() ? 0 : 1);
    }
}
