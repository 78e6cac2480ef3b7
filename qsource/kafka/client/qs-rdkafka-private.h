/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

/*
 * The door to librdkafka: its functions, by their own names, but loaded by us, so that
 * nobody else sees them. A process may hold another librdkafka (that of confluent-kafka,
 * say): linked as usual, the one that is loaded first would serve both, as bindings load
 * libraries for all to see.
 *
 * A function that is not listed here doesn't link.
 *
 * Context: any.   Locks: none.
 */
#define QS_RDKAFKA_FUNCTIONS(F) \
  F (rd_kafka_AdminOptions_destroy) \
  F (rd_kafka_AdminOptions_new) \
  F (rd_kafka_AdminOptions_set_request_timeout) \
  F (rd_kafka_ConfigEntry_name) \
  F (rd_kafka_ConfigEntry_value) \
  F (rd_kafka_ConfigResource_configs) \
  F (rd_kafka_ConfigResource_destroy) \
  F (rd_kafka_ConfigResource_error) \
  F (rd_kafka_ConfigResource_error_string) \
  F (rd_kafka_ConfigResource_new) \
  F (rd_kafka_ConfigResource_set_config) \
  F (rd_kafka_ConsumerGroupDescription_error) \
  F (rd_kafka_ConsumerGroupDescription_member) \
  F (rd_kafka_ConsumerGroupDescription_member_count) \
  F (rd_kafka_ConsumerGroupDescription_state) \
  F (rd_kafka_CreateTopics) \
  F (rd_kafka_CreateTopics_result_topics) \
  F (rd_kafka_DeleteTopic_destroy) \
  F (rd_kafka_DeleteTopic_new) \
  F (rd_kafka_DeleteTopics) \
  F (rd_kafka_DeleteTopics_result_topics) \
  F (rd_kafka_DescribeConfigs) \
  F (rd_kafka_DescribeConfigs_result_resources) \
  F (rd_kafka_DescribeConsumerGroups) \
  F (rd_kafka_DescribeConsumerGroups_result_groups) \
  F (rd_kafka_MemberAssignment_partitions) \
  F (rd_kafka_MemberDescription_assignment) \
  F (rd_kafka_MemberDescription_group_instance_id) \
  F (rd_kafka_NewTopic_destroy) \
  F (rd_kafka_NewTopic_new) \
  F (rd_kafka_NewTopic_set_config) \
  F (rd_kafka_abort_transaction) \
  F (rd_kafka_assign) \
  F (rd_kafka_assignment_lost) \
  F (rd_kafka_begin_transaction) \
  F (rd_kafka_clusterid) \
  F (rd_kafka_commit) \
  F (rd_kafka_commit_queue) \
  F (rd_kafka_commit_transaction) \
  F (rd_kafka_committed) \
  F (rd_kafka_conf) \
  F (rd_kafka_conf_destroy) \
  F (rd_kafka_conf_enable_sasl_queue) \
  F (rd_kafka_conf_get) \
  F (rd_kafka_conf_interceptor_add_on_new) \
  F (rd_kafka_conf_new) \
  F (rd_kafka_conf_properties_show) \
  F (rd_kafka_conf_set) \
  F (rd_kafka_conf_set_dr_msg_cb) \
  F (rd_kafka_conf_set_error_cb) \
  F (rd_kafka_conf_set_log_cb) \
  F (rd_kafka_conf_set_opaque) \
  F (rd_kafka_conf_set_rebalance_cb) \
  F (rd_kafka_consume_batch_queue) \
  F (rd_kafka_consume_queue) \
  F (rd_kafka_consume_start_queue) \
  F (rd_kafka_consume_stop) \
  F (rd_kafka_consumer_close) \
  F (rd_kafka_consumer_group_metadata) \
  F (rd_kafka_consumer_group_metadata_destroy) \
  F (rd_kafka_consumer_group_metadata_new) \
  F (rd_kafka_consumer_poll) \
  F (rd_kafka_controllerid) \
  F (rd_kafka_destroy) \
  F (rd_kafka_destroy_flags) \
  F (rd_kafka_err2str) \
  F (rd_kafka_error_code) \
  F (rd_kafka_error_destroy) \
  F (rd_kafka_error_is_fatal) \
  F (rd_kafka_error_is_retriable) \
  F (rd_kafka_error_string) \
  F (rd_kafka_error_txn_requires_abort) \
  F (rd_kafka_event_CreateTopics_result) \
  F (rd_kafka_event_DeleteTopics_result) \
  F (rd_kafka_event_DescribeConfigs_result) \
  F (rd_kafka_event_DescribeConsumerGroups_result) \
  F (rd_kafka_event_destroy) \
  F (rd_kafka_event_error) \
  F (rd_kafka_event_error_string) \
  F (rd_kafka_event_type) \
  F (rd_kafka_fatal_error) \
  F (rd_kafka_flush) \
  F (rd_kafka_group_list_destroy) \
  F (rd_kafka_header_add) \
  F (rd_kafka_header_cnt) \
  F (rd_kafka_header_get) \
  F (rd_kafka_header_get_all) \
  F (rd_kafka_headers_destroy) \
  F (rd_kafka_headers_new) \
  F (rd_kafka_incremental_assign) \
  F (rd_kafka_incremental_unassign) \
  F (rd_kafka_init_transactions) \
  F (rd_kafka_interceptor_add_on_request_sent) \
  F (rd_kafka_interceptor_add_on_response_received) \
  F (rd_kafka_interceptor_add_on_thread_start) \
  F (rd_kafka_last_error) \
  F (rd_kafka_list_groups) \
  F (rd_kafka_mem_free) \
  F (rd_kafka_message_destroy) \
  F (rd_kafka_message_errstr) \
  F (rd_kafka_message_headers) \
  F (rd_kafka_message_latency) \
  F (rd_kafka_message_timestamp) \
  F (rd_kafka_metadata) \
  F (rd_kafka_metadata_destroy) \
  F (rd_kafka_mock_broker_set_down) \
  F (rd_kafka_mock_broker_set_rtt) \
  F (rd_kafka_mock_broker_set_up) \
  F (rd_kafka_mock_cluster_bootstraps) \
  F (rd_kafka_mock_cluster_destroy) \
  F (rd_kafka_mock_cluster_new) \
  F (rd_kafka_mock_push_request_errors_array) \
  F (rd_kafka_mock_topic_create) \
  F (rd_kafka_new) \
  F (rd_kafka_offsets_for_times) \
  F (rd_kafka_poll) \
  F (rd_kafka_poll_set_consumer) \
  F (rd_kafka_position) \
  F (rd_kafka_produce) \
  F (rd_kafka_produceva) \
  F (rd_kafka_purge) \
  F (rd_kafka_queue_destroy) \
  F (rd_kafka_queue_get_consumer) \
  F (rd_kafka_queue_get_main) \
  F (rd_kafka_queue_io_event_enable) \
  F (rd_kafka_queue_new) \
  F (rd_kafka_queue_poll) \
  F (rd_kafka_queue_yield) \
  F (rd_kafka_rebalance_protocol) \
  F (rd_kafka_sasl_background_callbacks_enable) \
  F (rd_kafka_seek_partitions) \
  F (rd_kafka_send_offsets_to_transaction) \
  F (rd_kafka_subscribe) \
  F (rd_kafka_topic_destroy) \
  F (rd_kafka_topic_name) \
  F (rd_kafka_topic_new) \
  F (rd_kafka_topic_partition_list_add) \
  F (rd_kafka_topic_partition_list_add_range) \
  F (rd_kafka_topic_partition_list_copy) \
  F (rd_kafka_topic_partition_list_del_by_idx) \
  F (rd_kafka_topic_partition_list_destroy) \
  F (rd_kafka_topic_partition_list_new) \
  F (rd_kafka_topic_partition_list_set_offset) \
  F (rd_kafka_topic_result_error) \
  F (rd_kafka_topic_result_error_string) \
  F (rd_kafka_unsubscribe) \
  F (rd_kafka_version) \
  F (rd_kafka_version_str)

#define QS_RDKAFKA_FIELD(name) __typeof__ (name) *name;

typedef struct
{
  QS_RDKAFKA_FUNCTIONS (QS_RDKAFKA_FIELD)
} QsRdkafka;

extern QsRdkafka qs_rdkafka;

#ifndef QS_RDKAFKA_LOADER
# define rd_kafka_AdminOptions_destroy (*qs_rdkafka.rd_kafka_AdminOptions_destroy)
# define rd_kafka_AdminOptions_new (*qs_rdkafka.rd_kafka_AdminOptions_new)
# define rd_kafka_AdminOptions_set_request_timeout (*qs_rdkafka.rd_kafka_AdminOptions_set_request_timeout)
# define rd_kafka_ConfigEntry_name (*qs_rdkafka.rd_kafka_ConfigEntry_name)
# define rd_kafka_ConfigEntry_value (*qs_rdkafka.rd_kafka_ConfigEntry_value)
# define rd_kafka_ConfigResource_configs (*qs_rdkafka.rd_kafka_ConfigResource_configs)
# define rd_kafka_ConfigResource_destroy (*qs_rdkafka.rd_kafka_ConfigResource_destroy)
# define rd_kafka_ConfigResource_error (*qs_rdkafka.rd_kafka_ConfigResource_error)
# define rd_kafka_ConfigResource_error_string (*qs_rdkafka.rd_kafka_ConfigResource_error_string)
# define rd_kafka_ConfigResource_new (*qs_rdkafka.rd_kafka_ConfigResource_new)
# define rd_kafka_ConfigResource_set_config (*qs_rdkafka.rd_kafka_ConfigResource_set_config)
# define rd_kafka_ConsumerGroupDescription_error (*qs_rdkafka.rd_kafka_ConsumerGroupDescription_error)
# define rd_kafka_ConsumerGroupDescription_member (*qs_rdkafka.rd_kafka_ConsumerGroupDescription_member)
# define rd_kafka_ConsumerGroupDescription_member_count (*qs_rdkafka.rd_kafka_ConsumerGroupDescription_member_count)
# define rd_kafka_ConsumerGroupDescription_state (*qs_rdkafka.rd_kafka_ConsumerGroupDescription_state)
# define rd_kafka_CreateTopics (*qs_rdkafka.rd_kafka_CreateTopics)
# define rd_kafka_CreateTopics_result_topics (*qs_rdkafka.rd_kafka_CreateTopics_result_topics)
# define rd_kafka_DeleteTopic_destroy (*qs_rdkafka.rd_kafka_DeleteTopic_destroy)
# define rd_kafka_DeleteTopic_new (*qs_rdkafka.rd_kafka_DeleteTopic_new)
# define rd_kafka_DeleteTopics (*qs_rdkafka.rd_kafka_DeleteTopics)
# define rd_kafka_DeleteTopics_result_topics (*qs_rdkafka.rd_kafka_DeleteTopics_result_topics)
# define rd_kafka_DescribeConfigs (*qs_rdkafka.rd_kafka_DescribeConfigs)
# define rd_kafka_DescribeConfigs_result_resources (*qs_rdkafka.rd_kafka_DescribeConfigs_result_resources)
# define rd_kafka_DescribeConsumerGroups (*qs_rdkafka.rd_kafka_DescribeConsumerGroups)
# define rd_kafka_DescribeConsumerGroups_result_groups (*qs_rdkafka.rd_kafka_DescribeConsumerGroups_result_groups)
# define rd_kafka_MemberAssignment_partitions (*qs_rdkafka.rd_kafka_MemberAssignment_partitions)
# define rd_kafka_MemberDescription_assignment (*qs_rdkafka.rd_kafka_MemberDescription_assignment)
# define rd_kafka_MemberDescription_group_instance_id (*qs_rdkafka.rd_kafka_MemberDescription_group_instance_id)
# define rd_kafka_NewTopic_destroy (*qs_rdkafka.rd_kafka_NewTopic_destroy)
# define rd_kafka_NewTopic_new (*qs_rdkafka.rd_kafka_NewTopic_new)
# define rd_kafka_NewTopic_set_config (*qs_rdkafka.rd_kafka_NewTopic_set_config)
# define rd_kafka_abort_transaction (*qs_rdkafka.rd_kafka_abort_transaction)
# define rd_kafka_assign (*qs_rdkafka.rd_kafka_assign)
# define rd_kafka_assignment_lost (*qs_rdkafka.rd_kafka_assignment_lost)
# define rd_kafka_begin_transaction (*qs_rdkafka.rd_kafka_begin_transaction)
# define rd_kafka_clusterid (*qs_rdkafka.rd_kafka_clusterid)
# define rd_kafka_commit (*qs_rdkafka.rd_kafka_commit)
# define rd_kafka_commit_queue (*qs_rdkafka.rd_kafka_commit_queue)
# define rd_kafka_commit_transaction (*qs_rdkafka.rd_kafka_commit_transaction)
# define rd_kafka_committed (*qs_rdkafka.rd_kafka_committed)
# define rd_kafka_conf (*qs_rdkafka.rd_kafka_conf)
# define rd_kafka_conf_destroy (*qs_rdkafka.rd_kafka_conf_destroy)
# define rd_kafka_conf_enable_sasl_queue (*qs_rdkafka.rd_kafka_conf_enable_sasl_queue)
# define rd_kafka_conf_get (*qs_rdkafka.rd_kafka_conf_get)
# define rd_kafka_conf_interceptor_add_on_new (*qs_rdkafka.rd_kafka_conf_interceptor_add_on_new)
# define rd_kafka_conf_new (*qs_rdkafka.rd_kafka_conf_new)
# define rd_kafka_conf_properties_show (*qs_rdkafka.rd_kafka_conf_properties_show)
# define rd_kafka_conf_set (*qs_rdkafka.rd_kafka_conf_set)
# define rd_kafka_conf_set_dr_msg_cb (*qs_rdkafka.rd_kafka_conf_set_dr_msg_cb)
# define rd_kafka_conf_set_error_cb (*qs_rdkafka.rd_kafka_conf_set_error_cb)
# define rd_kafka_conf_set_log_cb (*qs_rdkafka.rd_kafka_conf_set_log_cb)
# define rd_kafka_conf_set_opaque (*qs_rdkafka.rd_kafka_conf_set_opaque)
# define rd_kafka_conf_set_rebalance_cb (*qs_rdkafka.rd_kafka_conf_set_rebalance_cb)
# define rd_kafka_consume_batch_queue (*qs_rdkafka.rd_kafka_consume_batch_queue)
# define rd_kafka_consume_queue (*qs_rdkafka.rd_kafka_consume_queue)
# define rd_kafka_consume_start_queue (*qs_rdkafka.rd_kafka_consume_start_queue)
# define rd_kafka_consume_stop (*qs_rdkafka.rd_kafka_consume_stop)
# define rd_kafka_consumer_close (*qs_rdkafka.rd_kafka_consumer_close)
# define rd_kafka_consumer_group_metadata (*qs_rdkafka.rd_kafka_consumer_group_metadata)
# define rd_kafka_consumer_group_metadata_destroy (*qs_rdkafka.rd_kafka_consumer_group_metadata_destroy)
# define rd_kafka_consumer_group_metadata_new (*qs_rdkafka.rd_kafka_consumer_group_metadata_new)
# define rd_kafka_consumer_poll (*qs_rdkafka.rd_kafka_consumer_poll)
# define rd_kafka_controllerid (*qs_rdkafka.rd_kafka_controllerid)
# define rd_kafka_destroy (*qs_rdkafka.rd_kafka_destroy)
# define rd_kafka_destroy_flags (*qs_rdkafka.rd_kafka_destroy_flags)
# define rd_kafka_err2str (*qs_rdkafka.rd_kafka_err2str)
# define rd_kafka_error_code (*qs_rdkafka.rd_kafka_error_code)
# define rd_kafka_error_destroy (*qs_rdkafka.rd_kafka_error_destroy)
# define rd_kafka_error_is_fatal (*qs_rdkafka.rd_kafka_error_is_fatal)
# define rd_kafka_error_is_retriable (*qs_rdkafka.rd_kafka_error_is_retriable)
# define rd_kafka_error_string (*qs_rdkafka.rd_kafka_error_string)
# define rd_kafka_error_txn_requires_abort (*qs_rdkafka.rd_kafka_error_txn_requires_abort)
# define rd_kafka_event_CreateTopics_result (*qs_rdkafka.rd_kafka_event_CreateTopics_result)
# define rd_kafka_event_DeleteTopics_result (*qs_rdkafka.rd_kafka_event_DeleteTopics_result)
# define rd_kafka_event_DescribeConfigs_result (*qs_rdkafka.rd_kafka_event_DescribeConfigs_result)
# define rd_kafka_event_DescribeConsumerGroups_result (*qs_rdkafka.rd_kafka_event_DescribeConsumerGroups_result)
# define rd_kafka_event_destroy (*qs_rdkafka.rd_kafka_event_destroy)
# define rd_kafka_event_error (*qs_rdkafka.rd_kafka_event_error)
# define rd_kafka_event_error_string (*qs_rdkafka.rd_kafka_event_error_string)
# define rd_kafka_event_type (*qs_rdkafka.rd_kafka_event_type)
# define rd_kafka_fatal_error (*qs_rdkafka.rd_kafka_fatal_error)
# define rd_kafka_flush (*qs_rdkafka.rd_kafka_flush)
# define rd_kafka_group_list_destroy (*qs_rdkafka.rd_kafka_group_list_destroy)
# define rd_kafka_header_add (*qs_rdkafka.rd_kafka_header_add)
# define rd_kafka_header_cnt (*qs_rdkafka.rd_kafka_header_cnt)
# define rd_kafka_header_get (*qs_rdkafka.rd_kafka_header_get)
# define rd_kafka_header_get_all (*qs_rdkafka.rd_kafka_header_get_all)
# define rd_kafka_headers_destroy (*qs_rdkafka.rd_kafka_headers_destroy)
# define rd_kafka_headers_new (*qs_rdkafka.rd_kafka_headers_new)
# define rd_kafka_incremental_assign (*qs_rdkafka.rd_kafka_incremental_assign)
# define rd_kafka_incremental_unassign (*qs_rdkafka.rd_kafka_incremental_unassign)
# define rd_kafka_init_transactions (*qs_rdkafka.rd_kafka_init_transactions)
# define rd_kafka_interceptor_add_on_request_sent (*qs_rdkafka.rd_kafka_interceptor_add_on_request_sent)
# define rd_kafka_interceptor_add_on_response_received (*qs_rdkafka.rd_kafka_interceptor_add_on_response_received)
# define rd_kafka_interceptor_add_on_thread_start (*qs_rdkafka.rd_kafka_interceptor_add_on_thread_start)
# define rd_kafka_last_error (*qs_rdkafka.rd_kafka_last_error)
# define rd_kafka_list_groups (*qs_rdkafka.rd_kafka_list_groups)
# define rd_kafka_mem_free (*qs_rdkafka.rd_kafka_mem_free)
# define rd_kafka_message_destroy (*qs_rdkafka.rd_kafka_message_destroy)
# define rd_kafka_message_errstr (*qs_rdkafka.rd_kafka_message_errstr)
# define rd_kafka_message_headers (*qs_rdkafka.rd_kafka_message_headers)
# define rd_kafka_message_latency (*qs_rdkafka.rd_kafka_message_latency)
# define rd_kafka_message_timestamp (*qs_rdkafka.rd_kafka_message_timestamp)
/* A structure has the same name. */
# define rd_kafka_metadata(...) (*qs_rdkafka.rd_kafka_metadata) (__VA_ARGS__)
# define rd_kafka_metadata_destroy (*qs_rdkafka.rd_kafka_metadata_destroy)
# define rd_kafka_mock_broker_set_down (*qs_rdkafka.rd_kafka_mock_broker_set_down)
# define rd_kafka_mock_broker_set_rtt (*qs_rdkafka.rd_kafka_mock_broker_set_rtt)
# define rd_kafka_mock_broker_set_up (*qs_rdkafka.rd_kafka_mock_broker_set_up)
# define rd_kafka_mock_cluster_bootstraps (*qs_rdkafka.rd_kafka_mock_cluster_bootstraps)
# define rd_kafka_mock_cluster_destroy (*qs_rdkafka.rd_kafka_mock_cluster_destroy)
# define rd_kafka_mock_cluster_new (*qs_rdkafka.rd_kafka_mock_cluster_new)
# define rd_kafka_mock_push_request_errors_array (*qs_rdkafka.rd_kafka_mock_push_request_errors_array)
# define rd_kafka_mock_topic_create (*qs_rdkafka.rd_kafka_mock_topic_create)
# define rd_kafka_new (*qs_rdkafka.rd_kafka_new)
# define rd_kafka_offsets_for_times (*qs_rdkafka.rd_kafka_offsets_for_times)
# define rd_kafka_poll (*qs_rdkafka.rd_kafka_poll)
# define rd_kafka_poll_set_consumer (*qs_rdkafka.rd_kafka_poll_set_consumer)
# define rd_kafka_position (*qs_rdkafka.rd_kafka_position)
# define rd_kafka_produce (*qs_rdkafka.rd_kafka_produce)
# define rd_kafka_produceva (*qs_rdkafka.rd_kafka_produceva)
# define rd_kafka_purge (*qs_rdkafka.rd_kafka_purge)
# define rd_kafka_queue_destroy (*qs_rdkafka.rd_kafka_queue_destroy)
# define rd_kafka_queue_get_consumer (*qs_rdkafka.rd_kafka_queue_get_consumer)
# define rd_kafka_queue_get_main (*qs_rdkafka.rd_kafka_queue_get_main)
# define rd_kafka_queue_io_event_enable (*qs_rdkafka.rd_kafka_queue_io_event_enable)
# define rd_kafka_queue_new (*qs_rdkafka.rd_kafka_queue_new)
# define rd_kafka_queue_poll (*qs_rdkafka.rd_kafka_queue_poll)
# define rd_kafka_queue_yield (*qs_rdkafka.rd_kafka_queue_yield)
# define rd_kafka_rebalance_protocol (*qs_rdkafka.rd_kafka_rebalance_protocol)
# define rd_kafka_sasl_background_callbacks_enable (*qs_rdkafka.rd_kafka_sasl_background_callbacks_enable)
# define rd_kafka_seek_partitions (*qs_rdkafka.rd_kafka_seek_partitions)
# define rd_kafka_send_offsets_to_transaction (*qs_rdkafka.rd_kafka_send_offsets_to_transaction)
# define rd_kafka_subscribe (*qs_rdkafka.rd_kafka_subscribe)
# define rd_kafka_topic_destroy (*qs_rdkafka.rd_kafka_topic_destroy)
# define rd_kafka_topic_name (*qs_rdkafka.rd_kafka_topic_name)
# define rd_kafka_topic_new (*qs_rdkafka.rd_kafka_topic_new)
# define rd_kafka_topic_partition_list_add (*qs_rdkafka.rd_kafka_topic_partition_list_add)
# define rd_kafka_topic_partition_list_add_range (*qs_rdkafka.rd_kafka_topic_partition_list_add_range)
# define rd_kafka_topic_partition_list_copy (*qs_rdkafka.rd_kafka_topic_partition_list_copy)
# define rd_kafka_topic_partition_list_del_by_idx (*qs_rdkafka.rd_kafka_topic_partition_list_del_by_idx)
# define rd_kafka_topic_partition_list_destroy (*qs_rdkafka.rd_kafka_topic_partition_list_destroy)
# define rd_kafka_topic_partition_list_new (*qs_rdkafka.rd_kafka_topic_partition_list_new)
# define rd_kafka_topic_partition_list_set_offset (*qs_rdkafka.rd_kafka_topic_partition_list_set_offset)
# define rd_kafka_topic_result_error (*qs_rdkafka.rd_kafka_topic_result_error)
# define rd_kafka_topic_result_error_string (*qs_rdkafka.rd_kafka_topic_result_error_string)
# define rd_kafka_unsubscribe (*qs_rdkafka.rd_kafka_unsubscribe)
# define rd_kafka_version (*qs_rdkafka.rd_kafka_version)
# define rd_kafka_version_str (*qs_rdkafka.rd_kafka_version_str)
#endif
