import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What Java programs do with objects: collections, strings, interfaces, trees, exceptions, arrays. */
public class Collections {
    interface Shape {
        double area();
    }

    static final class Circle implements Shape {
        final double radius;

        Circle(double radius) {
            this.radius = radius;
        }

        public double area() {
            return radius * radius * 3;
        }
    }

    static final class Box implements Shape {
        final int width;
        final int height;

        Box(int width, int height) {
            this.width = width;
            this.height = height;
        }

        public double area() {
            return width * height;
        }
    }

    static final class Tree {
        final Tree left;
        final Tree right;

        Tree(int depth) {
            left = depth == 0 ? null : new Tree(depth - 1);
            right = depth == 0 ? null : new Tree(depth - 1);
        }

        int count() {
            return left == null ? 1 : 1 + left.count() + right.count();
        }
    }

    static void words() {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < 200000; i++) {
            counts.merge("w" + (i * 7919L) % 5003, 1, (a, b) -> a + b);
        }
        List<String> keys = new ArrayList<>(counts.keySet());
        java.util.Collections.sort(keys);
        System.out.println(keys.size() + " " + keys.get(0) + " " + counts.get(keys.get(17)));
    }

    static void shapes() {
        List<Shape> shapes = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            shapes.add(i % 3 == 0 ? new Circle(i) : new Box(i, 2));
        }
        double sum = 0;
        for (Shape shape : shapes) {
            sum += shape.area();
        }
        System.out.println((long) sum);
    }

    static void trees() {
        long nodes = 0;
        for (int i = 0; i < 20; i++) {
            nodes += new Tree(14).count();
        }
        System.out.println(nodes);
    }

    static void texts() {
        TreeMap<Integer, StringBuilder> sorted = new TreeMap<>();
        for (int i = 0; i < 3000; i++) {
            sorted.computeIfAbsent(i * 31 % 97, key -> new StringBuilder()).append((char) ('a' + i % 26));
        }
        StringBuilder reversed = sorted.get(13).reverse();
        System.out.println(sorted.size() + " " + reversed.length() + " " + reversed.substring(0, 5));
    }

    static void exceptions() {
        int sum = 0;
        for (int i = 0; i < 1000; i++) {
            try {
                Object object = i % 2 == 0 ? (Object) "text" : Integer.valueOf(i);
                sum += ((Integer) object) % 2;
            } catch (ClassCastException exception) {
                sum += 1000;
            }
            try {
                sum += new int[5][i % 7].length == 5 ? 1 : new int[i % 3][2][i % 4].length;
            } catch (ArrayIndexOutOfBoundsException exception) {
                sum += 7;
            }
        }
        System.out.println(sum);
    }

    public static void main(String[] words) {
        words();
        shapes();
        trees();
        texts();
        exceptions();
    }
}
