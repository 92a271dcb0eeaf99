/* The operators of ops_gc.h that are written out for tcc, which inlines no function. References are variables: the
 * builder sees to it. The rest are functions of the host process (translator/tcc/host_gc.def). */
#ifndef W2C_TCC_GC_H
#define W2C_TCC_GC_H

struct w2c_type;

#define W2C_TCC_FIELD(type, object, offset) (*(type *)((u64)(object) + (offset)))
#define struct_get_u8(object, offset) ((u32)W2C_TCC_FIELD(u8, object, offset))
#define struct_get_s8(object, offset) ((u32)W2C_TCC_FIELD(s8, object, offset))
#define struct_get_u16(object, offset) ((u32)W2C_TCC_FIELD(u16, object, offset))
#define struct_get_s16(object, offset) ((u32)W2C_TCC_FIELD(s16, object, offset))
#define struct_get_u32(object, offset) W2C_TCC_FIELD(u32, object, offset)
#define struct_get_u64(object, offset) W2C_TCC_FIELD(u64, object, offset)
#define struct_get_f32(object, offset) W2C_TCC_FIELD(f32, object, offset)
#define struct_get_f64(object, offset) W2C_TCC_FIELD(f64, object, offset)
#define struct_get_v128(object, offset) W2C_TCC_FIELD(v128, object, offset)
#define struct_get_ref(object, offset) W2C_TCC_FIELD(ref, object, offset)
#define struct_set_u8(object, offset, value) W2C_TCC_FIELD(u8, object, offset) = value
#define struct_set_u16(object, offset, value) W2C_TCC_FIELD(u16, object, offset) = value
#define struct_set_u32(object, offset, value) W2C_TCC_FIELD(u32, object, offset) = value
#define struct_set_u64(object, offset, value) W2C_TCC_FIELD(u64, object, offset) = value
#define struct_set_f32(object, offset, value) W2C_TCC_FIELD(f32, object, offset) = value
#define struct_set_f64(object, offset, value) W2C_TCC_FIELD(f64, object, offset) = value
#define struct_set_v128(object, offset, value) W2C_TCC_FIELD(v128, object, offset) = value
#define struct_set_ref(object, offset, value) W2C_TCC_FIELD(ref, object, offset) = value
#define not_null_struct(reference) ((reference) ? (reference) : null_struct())
#define not_null_array(reference) ((reference) ? (reference) : null_array())
#define not_null_i31(reference) ((reference) ? (reference) : null_i31())
#define ref_is_i31(reference) ((u64)(reference) >> 63)

#endif
